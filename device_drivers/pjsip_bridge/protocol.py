"""The PJSIP bridge's words: one JSON object a line, and within it what PJSIP itself prints about a call.  Pure.

Asked:    {"number": 3, "do": "conference", "address": "bridge@127.0.1.200"}
Answered: {"number": 3, "answer": {...}}, and {"error": "..."} for an answer where it says no.

Layout of PJSIP's own words: 2.15.1, recorded (tests/device_drivers/pjsip_bridge/recorded.json).  They hold no keys.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from device_drivers.errors import CommandRefused, UnexpectedReply
from device_drivers.lines import LineReader
from device_drivers.readings import ConferenceOnBridge, Identity, Participant, Tri

LONGEST_LINE = 200_000  # Characters: 64 callers, with what PJSIP says of each.
_ADDRESS = re.compile(r"(?:.*<)?sips?:([^<>;?\s]+@[^<>;?\s]+)", re.IGNORECASE | re.DOTALL)
_HEAD = re.compile(r"^ *#\d+ ")
_SRTP = re.compile(r"^ *SRTP status: (Active|Not active) Crypto-suite: *(\S*) *$")


def question(number: int, do: str, **facts: Any) -> bytes:
    """Return one line; JSON escapes whatever could end it early."""
    return json.dumps({"number": number, "do": do, **facts}).encode() + b"\n"


class AnswerReader:
    """Turns bytes into numbered answers, however they were cut; whatever else is said is left out."""

    def __init__(self) -> None:
        self._lines = LineReader(LONGEST_LINE)

    def feed(self, data: bytes) -> list[tuple[int, dict[str, Any]]]:
        answers = []
        for line in self._lines.feed(data):
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                continue  # Whatever is not an answer is not counted as one; the deadline then speaks.
            if isinstance(said, dict) and isinstance(said.get("number"), int) and isinstance(said.get("answer"), dict):
                answers.append((said["number"], said["answer"]))
        return answers


def accepted(answer: dict[str, Any], *, asked: str) -> dict[str, Any]:
    if "error" in answer:
        raise CommandRefused(asked=asked, reason=str(answer["error"]))
    return answer


def identity(answer: dict[str, Any]) -> Identity:
    """Read who it is; the serial is the number that this installation of the bridge gave itself at its first start."""
    product, version, instance, uptime = (answer.get(name) for name in ("product", "version", "instance", "uptime_s"))
    if not isinstance(product, str) or not product or not isinstance(version, str) or not version:
        raise UnexpectedReply(asked="identify", got=json.dumps(answer))
    return Identity(model=product, serial=instance if isinstance(instance, str) else "", firmware=version,
                    uptime_s=uptime if type(uptime) is int and uptime >= 0 else None, simulated="simulat" in product.casefold())


def address_in(remote: str) -> str:
    """Return the address in what PJSIP calls a caller, such as `"Room 1" <sip:room1@10.0.0.1>`; the text itself when there is none."""
    found = _ADDRESS.match(remote)
    return found[1] if found else remote


@dataclass(frozen=True, slots=True)
class Media:
    """What PJSIP says of a call's media: whether it is encrypted, and by which suites."""

    encrypted: Tri
    suite: str | None


def media(said: list[str], *, is_up: bool) -> Media:
    """Read the lines about a call's media: `#0 audio PCMU @8kHz, sendrecv, peer=...` and below it `SRTP status: ...`.

    A medium that was left out is called "deactivated".  Yes only for a call that is up, when every other one names its suite; no when
    one says that SRTP is not active; anything else is unknown.
    """
    answers: list[Tri] = []
    suites: set[str] = set()
    for line in said:
        if _HEAD.match(line):
            if not line.rstrip().endswith(" deactivated"):
                answers.append(Tri.UNKNOWN)
        elif (srtp := _SRTP.match(line)) and answers and answers[-1] is Tri.UNKNOWN:
            answers[-1] = Tri.NO if srtp[1] == "Not active" else Tri.YES if srtp[2] else Tri.UNKNOWN
            suites |= {srtp[2]} if answers[-1] is Tri.YES else set()
    suite = " and ".join(sorted(suites)) or None
    if Tri.NO in answers:
        return Media(Tri.NO, suite)
    return Media(Tri.YES if is_up and answers and Tri.UNKNOWN not in answers else Tri.UNKNOWN, suite)


def conference(answer: dict[str, Any]) -> ConferenceOnBridge:
    """Read the answer to "conference"; a caller that cannot be read is an error, never left out."""
    try:
        if not isinstance(answer["callers"], list) or not isinstance(answer["address"], str):
            raise TypeError
        participants = tuple(_participant(one) for one in answer["callers"])
        locked = answer.get("locked")
        return ConferenceOnBridge(address=answer["address"], participants=participants,
                                  locked=Tri.YES if locked is True else Tri.NO if locked is False else Tri.UNKNOWN,
                                  raw=json.dumps(answer, ensure_ascii=False, sort_keys=True))
    except (KeyError, TypeError):
        raise UnexpectedReply(asked="conference", got=json.dumps(answer)) from None


def _participant(one: dict[str, Any]) -> Participant:
    if not all(isinstance(one[name], str) and one[name] for name in ("call", "remote")) or not isinstance(one["media"], list):
        raise TypeError
    found = media([str(line) for line in one["media"]], is_up=one.get("state") == "CONFIRMED")
    return Participant(id=one["call"], remote=address_in(one["remote"]), encrypted=found.encrypted, suite=found.suite)
