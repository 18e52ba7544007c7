"""Whether the active call is encrypted, from what baresip prints about it.  Pure.

Established is not encrypted, and neither is a wish: after a downgrade the stream still says `menc: srtp`.  What decides is `secure=`
of each stream and the suite that both ends' crypto lines agree on.  The profile decides nothing: two rooms with optional SRTP
encrypt under `RTP/AVP`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from device_drivers.baresip.protocol import call_id_in, without_secrets
from device_drivers.readings import Encryption, Grade, Stream, Tri

DEBUG = {"audio": "audio_debug", "video": "video_debug"}  # The command that tells about each medium.
AFTER = "callstat after"  # Asked once more behind the others, so that they are known to be about the same call.
NOT_TLS = "not seen to be SIP over TLS: whoever reads the SIP on its way has the keys of the call"
TLS = "SIP over TLS on the first hop; what lies beyond is not seen here"

_MEDIUM = re.compile(r"^([a-z]+) [A-Z]+/\S+$", re.MULTILINE)
_CRYPTO = re.compile(r"crypto='\d+ (\S+) inline:")
_DIRECTIONS = {"sendrecv": ("incoming", "outgoing"), "sendonly": ("outgoing",), "recvonly": ("incoming",), "inactive": ()}


@dataclass(frozen=True, slots=True)
class Flow:
    """One medium of the call: what was agreed, and what its stream says."""

    media: str
    suite: str | None  # Of the crypto line that both ends hold; None when there is none, or more than one.
    directions: tuple[str, ...] | None  # As agreed; None when unreadable.
    secure: Tri
    sent: int
    received: int
    was_refused: bool  # The other end took the call and left this medium out.

    @property
    def encrypted(self) -> Tri:
        """No when the stream says so; yes only when stream and crypto lines agree."""
        if self.secure is not Tri.YES:
            return self.secure
        return Tri.YES if self.suite is not None else Tri.UNKNOWN

    @property
    def flows(self) -> tuple[str, ...]:
        """The directions in which packets have been seen; those that cannot be decrypted are not counted by baresip."""
        seen = {"outgoing": self.sent > 0, "incoming": self.received > 0}
        return tuple(direction for direction in self.directions or () if seen[direction])


def encryption(printed: Mapping[str, str | None], call_id: str, told: Mapping[str, str]) -> Encryption:
    """Join what was printed about the active call (by command; None for a command that was refused) and the events about its keys.

    `printed` has "callstat", AFTER, those of DEBUG, and "sipstat".  `told` holds the suite of each CALL_MENC event of this call, by
    medium; none when the connection is younger than the call.
    """
    callstat = printed["callstat"] or ""
    raw = json.dumps({"call": call_id, "signalling": _signalling(callstat, printed.get("sipstat") or ""), "events": dict(told),
                      **{name: without_secrets(text or "") for name, text in printed.items() if name != AFTER}},
                     ensure_ascii=False, sort_keys=True)
    if not _is_about(callstat, call_id) or not _is_about(printed[AFTER] or "", call_id):
        return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=None, raw=raw)
    flows = [one for one in _flows(callstat, printed) if not one.was_refused]
    contradicted = any(one.suite != told[one.media] for one in flows if one.media in told and one.secure is Tri.YES)
    worst = Tri.UNKNOWN if contradicted else _worst([one.encrypted for one in flows])
    if any(one.secure is Tri.NO for one in flows):
        worst = Tri.NO
    suites = sorted({one.suite for one in flows if one.suite is not None and one.secure is Tri.YES})
    streams = tuple(Stream(id=f"{one.media}-{direction}", media=one.media, direction=direction, encrypted=one.encrypted)
                    for one in flows for direction in one.flows)
    audio = next((one for one in flows if one.media == "audio"), None)
    if audio is None or audio.directions is None or set(audio.flows) != set(audio.directions):
        # Media still to come: nothing is proven yet, but a stream that says it is not secure has said enough.
        return Encryption(grade=Grade.NONE, encrypted=Tri.NO if worst is Tri.NO else Tri.UNKNOWN, streams=streams, suite=None, raw=raw)
    return Encryption(grade=Grade.A, encrypted=worst, streams=streams, suite=" and ".join(suites) or None, raw=raw)


def _is_about(callstat: str, call_id: str) -> bool:
    """True when the call is the one asked about, and established: before that its streams say nothing."""
    return "===== Call debug (ESTABLISHED) =====" in callstat and call_id_in(callstat) == call_id


def _flows(callstat: str, printed: Mapping[str, str | None]) -> list[Flow]:
    heads = list(_MEDIUM.finditer(callstat))
    ends = [head.start() for head in heads[1:]] + [len(callstat)]
    return [_flow(head[1], callstat[head.end() : end], printed.get(DEBUG.get(head[1], "")) or "")
            for head, end in zip(heads, ends, strict=True)]


def _flow(media: str, agreed: str, debug: str) -> Flow:
    local, _, remote = agreed.partition("remote attributes:")
    both = set(_CRYPTO.findall(local)) & set(_CRYPTO.findall(remote))
    direction = re.search(r"^ (?:audio|video) dir=(\w+) pt_enc=(-?\d+)$", debug, re.MULTILINE)
    secure = re.findall(r"^ menc: \S+ \(secure=(yes|no)\)$", debug, re.MULTILINE)
    sent = re.search(r"^  TX: packets=(\d+),", debug, re.MULTILINE)
    received = sum(map(int, re.findall(r"psent=\d+ rcvd=(\d+)$", debug, re.MULTILINE)))
    nobody = ", remote: ?/?" in debug and direction is not None and direction[2] == "-1"
    return Flow(media=media, suite=both.pop() if len(both) == 1 else None,
                directions=_DIRECTIONS.get(direction[1]) if direction else None,
                secure=Tri(secure[0]) if len(secure) == 1 else Tri.UNKNOWN, sent=int(sent[1]) if sent else 0, received=received,
                was_refused=nobody and sent is not None and int(sent[1]) == 0 and received == 0)


def _signalling(callstat: str, sipstat: str) -> str:
    """Return whether the SIP that carried the keys was seen to travel in TLS."""
    asked_for = re.search(r"^ (?:local|peer)_uri: .*;transport=tls", callstat, re.MULTILINE)
    return TLS if asked_for and re.search(r"^  \[\d+\] +TLS +\S+ --> \S+ +\(Established\)$", sipstat, re.MULTILINE) else NOT_TLS


def _worst(answers: list[Tri]) -> Tri:
    return Tri.NO if Tri.NO in answers else Tri.UNKNOWN if Tri.UNKNOWN in answers or not answers else Tri.YES
