"""TC's xAPI as text and values: lines to send, replies to read.  Pure and incremental.

TC has no JSON, so replies are read in terminal mode: lines `*s`, `*c` or `*r`, then `** resultId: "..."`, then `** end`.
The resultId is the only safe correlation.  A block that does not end as it should is dropped whole: half a reading is none.
Layouts: the C90 integrator guide D14128 and the SX20, SX80 and C60 API guides; no free recording of an encrypted call.
"""

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

from device_drivers.errors import CommandRefused, UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, Encryption, EncryptionSetting, Grade, Identity, Stream, Tri

LONGEST_REPLY = 4_000_000  # Characters; the whole status tree is some 100 kB.
NO_MATCH = "No match on address expression"
_ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_WORDS = re.compile(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*")
_BODY = re.compile(r"[^\w*\"]?(\*[a-z]) +(.*)")  # One stray letter may stand in front, as `]*s` in a recording.
_LEAF = re.compile(r"(?P<path>\w[\w.-]*(?: [\w.-]+)*)(?: \((?P<note>[^()]*)\))?:(?: (?P<value>.*))?")
_RESULT_ID = re.compile(r'\*\* resultId: "?([^"]*)"?')


# Lines to send


class Signalling(StrEnum):
    SIP = "Sip"


class Boot(StrEnum):
    RESTART = "Restart"


Value = str | int | Signalling | Boot


def line(root: str, path: str, *, result_id: str, **parameters: Value) -> bytes:
    """Return one command line.  With `setting_line` this is the only place where one is built.

    `path` is the driver's own words.  Numbers and words of an enum stand bare, text stands in quotes and is refused
    when it could break out of them.
    """
    if not _WORDS.fullmatch(path):
        raise UnsafeValue(path)
    values = "".join(f" {name}: {_written(value)}" for name, value in parameters.items())
    return f'{root} {path}{values} | resultId="{_safe(result_id)}"\n'.encode()


def setting_line(path: str, setting: EncryptionSetting, *, result_id: str) -> bytes:
    """Return `xConfiguration <path>: <value>`."""
    if not _WORDS.fullmatch(path):
        raise UnsafeValue(path)
    return f'xConfiguration {path}: {setting.value} | resultId="{_safe(result_id)}"\n'.encode()


def call_number(call_id: str) -> int:
    """Return a call id as the number it is on TC; raise UnsafeValue for anything else."""
    if not re.fullmatch(r"[0-9]{1,9}", call_id):
        raise UnsafeValue(call_id)
    return int(call_id)


def _written(value: Value) -> str:
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, int) else f'"{_safe(value)}"'


def _safe(value: str) -> str:
    """Return `value`; raise UnsafeValue for nothing, control characters, quotes, backslashes and all that is not plain text."""
    if not value or len(value) > 255 or any(letter in '"\\|' or not letter.isprintable() for letter in value):
        raise UnsafeValue(value)
    return value


# Replies, cut anywhere


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of a reply: `*s Call 3 Status: Connected` is path ("Call", "3", "Status"), value "Connected".

    `note` is what stands in brackets, such as "status=OK" or "ghost=True"; `readable` is False for a line of another shape.
    """

    mark: str
    path: tuple[str, ...]
    value: str
    note: str = ""
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """A block that ended with `** end`, or a bare word (OK, ERROR, Command not recognized.) that stands alone."""

    result_id: str | None = None
    leaves: tuple[Leaf, ...] = ()
    word: str = ""
    raw: str = ""


class ReplyReader:
    """Turns bytes into replies, however they were cut, skipping echoes, prompts and usage texts between them.

    Lines may end in CR LF, LF, CR or several of them; a letter cut between its bytes waits for the rest.  A block that
    meets a bare word before its end, bears two resultIds or is too long is dropped and counted in `unreadable`.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._size = 0
        self._reset()
        self.unreadable = 0

    def _reset(self) -> None:
        self._raw: list[str] = []
        self._leaves: list[Leaf] = []
        self._result_id: str | None = None
        self._spoiled, self._size = False, 0

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes."""
        *whole, rest = self._decoder.decode(data).replace("\r", "\n").split("\n")
        replies: list[Reply] = []
        for text in whole:
            replies += self._take("".join([*self._line, text]))
            self._line = []
        self._size += len(data)
        if self._size > LONGEST_REPLY:
            self._spoiled, self._line, self._raw, self._leaves, self._size = True, [], [], [], 0
        if rest:
            self._line.append(rest)
        return replies

    def _take(self, text: str) -> list[Reply]:
        text = _ANSI.sub("", text).strip(" \t")
        if text in ("OK", "ERROR", "Command not recognized."):
            self.unreadable += bool(self._leaves or self._result_id or self._spoiled)
            self._reset()
            return [Reply(word=text)]
        if text == "** end":
            reply = Reply(self._result_id, tuple(self._leaves), raw="\n".join(self._raw))
            spoiled = self._spoiled
            self.unreadable += spoiled
            self._reset()
            return [] if spoiled else [reply]
        if found := _RESULT_ID.fullmatch(text):
            self._spoiled = self._spoiled or self._result_id not in (None, found[1])
            self._result_id = found[1]
        elif (found := _BODY.fullmatch(text)) and text != "*r Login successful" and not self._spoiled:
            self._raw.append(text)
            self._leaves.append(_leaf(found[1], found[2]))
        return []


def _leaf(mark: str, text: str) -> Leaf:
    found = _LEAF.fullmatch(text)
    if found is None:
        return Leaf(mark, (), text, readable=False)
    return Leaf(mark, tuple(found["path"].split(" ")), _unquoted(found["value"] or ""), found["note"] or "")


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1])


def accepted(reply: Reply, *, asked: str) -> Reply:
    """Return the reply; raise CommandRefused when it is an error, UnexpectedReply when a line of it has no known shape."""
    if reply.word:
        raise CommandRefused(asked=asked, reason=reply.word)
    for leaf in reply.leaves:
        name, _, word = leaf.note.partition("=")
        if (name, word) == ("error", "True") or (name == "status" and word != "OK"):
            reasons = [other.value for other in reply.leaves
                       if other.path and other.path[-1] in ("Reason", "Cause", "Description", "Error") and other.value]
            raise CommandRefused(asked=asked, reason=": ".join(reasons) or leaf.value or word)
    if not all(leaf.readable for leaf in reply.leaves):
        raise UnexpectedReply(asked=asked, got=reply.raw)
    return reply


# Values


def _under(reply: Reply, mark: str, *path: str) -> dict[tuple[str, ...], str]:
    """Return the values below a path, by the rest of their path.  Case does not count; a later line replaces an earlier one."""
    wanted = tuple(name.casefold() for name in path)
    return {_folded(leaf.path)[len(wanted):]: leaf.value for leaf in reply.leaves
            if leaf.mark == mark and _folded(leaf.path)[:len(wanted)] == wanted}


def _folded(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.casefold() for name in path)


def _tri(word: str | None, *, yes: str, no: str) -> Tri:
    """Read a two-valued word; any other word, or none, is unknown."""
    lowered = (word or "").casefold()
    return Tri.YES if lowered == yes else Tri.NO if lowered == no else Tri.UNKNOWN


def identity(reply: Reply) -> Identity:
    """Read `xStatus SystemUnit`."""
    unit = _under(reply, "*s", "SystemUnit")
    if not unit:
        raise UnexpectedReply(asked="xStatus SystemUnit", got=reply.raw)
    uptime = unit.get(("uptime",), "")
    product = unit.get(("productplatform",)) or unit.get(("productid",)) or ""
    return Identity(model=product, serial=unit.get(("hardware", "module", "serialnumber"), ""),
                    firmware=unit.get(("software", "version"), ""),
                    uptime_s=int(uptime) if re.fullmatch(r"[0-9]{1,18}", uptime) else None,
                    simulated="simulat" in product.casefold())


def can_encrypt(reply: Reply) -> Tri:
    """Read the option key from `xStatus SystemUnit`: without it, mode On is effectively Off."""
    return _tri(_under(reply, "*s", "SystemUnit").get(("software", "optionkeys", "encryption")), yes="true", no="false")


def registration(reply: Reply) -> tuple[Tri, str]:
    """Read `xStatus SIP`: registered or not, and the device's own word; several registrations that differ are unknown."""
    words = list(dict.fromkeys(value for path, value in _under(reply, "*s", "SIP").items()
                               if [name for name in path if not name.isdecimal()][-2:] == ["registration", "status"]))
    if len(words) != 1:
        return Tri.UNKNOWN, ", ".join(words)
    known = {"registered": Tri.YES, "deregister": Tri.NO, "failed": Tri.NO, "inactive": Tri.NO, "registering": Tri.NO}
    return known.get(words[0].casefold(), Tri.UNKNOWN), words[0]


_STATES = {
    "dialling": CallState.DIALLING, "ringing": CallState.DIALLING, "connecting": CallState.DIALLING,
    "earlymedia": CallState.DIALLING, "connected": CallState.CONNECTED, "onhold": CallState.ON_HOLD,
    "disconnecting": CallState.DISCONNECTING,
}


def calls(reply: Reply) -> tuple[Call, ...]:
    """Read `xStatus Call`.

    No calls is a block without lines; a block this driver does not know is an error, never "no call" (fail closed).
    """
    found: dict[str, dict[tuple[str, ...], str]] = {}
    known = False
    for leaf in reply.leaves:
        path = _folded(leaf.path)
        if leaf.mark != "*s" or path[:1] != ("call",):
            continue
        if len(path) < 2 or not path[1].isdecimal():
            raise UnexpectedReply(asked="xStatus Call", got=reply.raw)
        known = True
        if leaf.note == "ghost=True":
            found.pop(path[1], None)  # The call is gone; a later line of it would be a new one.
        else:
            found.setdefault(path[1], {})[path[2:]] = leaf.value
    if (reply.leaves and not known) or not all(item.get(("status",)) for item in found.values()):
        raise UnexpectedReply(asked="xStatus Call", got=reply.raw)
    return tuple(
        Call(id=call_id, state=_STATES.get(item["status",].casefold(), CallState.UNKNOWN),
             remote=_without_scheme(item.get(("remotenumber",)) or item.get(("callbacknumber",)) or ""),
             protocol=item.get(("protocol",), "").casefold(), suite=item.get(("encryption", "type")) or None)
        for call_id, item in found.items()
    )


def _without_scheme(number: str) -> str:
    return re.sub(r"^(sips?|h323):", "", number)


_CHANNEL = re.compile(r"(incoming|outgoing)(audio|video|data)channel")
PROVEN_SUITES = frozenset({"aes-128"})  # The only spelling of an encrypted call in TC's guides.


def encryption(channels: Reply | None, call: Call | None, *, raw: str) -> Encryption:
    """Join `xStatus MediaChannels Call n` (grade A) and the call's own encryption type (grade B).

    `channels` is None when the firmware has no such status.  Every channel counts: one that is Off makes the call not
    encrypted, one that cannot be read makes it unknown (no guide at hand spells the word, so only On is believed).  "None"
    at call level contradicts channels that say On.  At call level only a connected call with a documented suite counts.
    """
    if call is None:
        return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=None, raw=raw)
    suite = call.suite
    says_none = suite is not None and suite.casefold() in ("none", "off")
    streams = _streams(channels, call.id) if channels is not None else ()
    if streams:
        worst = Tri.NO if says_none else _worst([stream.encrypted for stream in streams])
        return Encryption(grade=Grade.A, encrypted=worst, streams=streams, suite=suite, raw=raw)
    if channels is None and suite and call.state is CallState.CONNECTED:
        answer = Tri.NO if says_none else Tri.YES if suite.casefold() in PROVEN_SUITES else Tri.UNKNOWN
        return Encryption(grade=Grade.B, encrypted=answer, streams=(), suite=suite, raw=raw)
    # No media yet: the call's own word is not about anything, and nothing is known.
    return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=suite, raw=raw)


def _streams(channels: Reply, call_id: str) -> tuple[Stream, ...]:
    """Return every channel of a call, those with names or words nobody knows too: they count as unknown."""
    words: dict[tuple[str, str], str | None] = {}
    for path, value in _under(channels, "*s", "MediaChannels", "Call", call_id).items():
        if path and "channel" in path[0]:
            key = (path[0], path[1] if len(path) > 1 else "")
            words.setdefault(key, None)
            if path[2:] == ("encryption", "status"):
                words[key] = value
    streams = []
    for (name, number), word in words.items():
        kind = _CHANNEL.fullmatch(name)
        answer = _tri(word, yes="on", no="off")
        streams.append(Stream(id=number, media=kind[2] if kind else "unknown", direction=kind[1] if kind else "unknown",
                              encrypted=answer if kind or answer is Tri.NO else Tri.UNKNOWN))
    return tuple(streams)


def _worst(answers: list[Tri]) -> Tri:
    return Tri.NO if Tri.NO in answers else Tri.UNKNOWN if Tri.UNKNOWN in answers else Tri.YES


def encryption_setting(reply: Reply) -> EncryptionSetting:
    """Read `xConfiguration Conference [1] Encryption Mode`; several conferences that differ are an error."""
    words = {leaf.value.casefold() for leaf in reply.leaves if leaf.mark == "*c"
             and [name for name in _folded(leaf.path) if not name.isdecimal()][-3:] == ["conference", "encryption", "mode"]}
    known = {setting.value.casefold(): setting for setting in EncryptionSetting}
    if len(words) != 1 or not words <= known.keys():
        raise UnexpectedReply(asked="xConfiguration Conference Encryption Mode", got=reply.raw)
    return known[words.pop()]


def dialled(reply: Reply) -> str:
    """Read the call id from `xCommand Dial`'s reply."""
    call_id = _under(reply, "*r", "DialResult").get(("callid",), "")
    if not re.fullmatch(r"[0-9]{1,9}", call_id):
        raise UnexpectedReply(asked="xCommand Dial", got=reply.raw)
    return call_id


def muted(reply: Reply) -> Tri:
    return _tri(_under(reply, "*s", "Audio", "Microphones").get(("mute",)), yes="on", no="off")
