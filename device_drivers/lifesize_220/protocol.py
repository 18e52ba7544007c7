"""The Lifesize 220 shell as text and values: lines to send, replies to read.  Pure and incremental.

A reply is lines of its body and then `ok,00` or `error,NN`.  There is no request id, events come on the same channel, and
an event brings an `ok,00` of its own: a line is believed only when it has the shape of what was asked for.
Source: second-hand, from published driver code, not from a device: commands, columns of the call list, codes, events.
"""

import re
from dataclasses import dataclass

from device_drivers.errors import UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, Encryption, Grade, Tri

PROMPT = "$"
LONGEST_BODY = 5_000  # Lines.
OK = "00"
NOT_IN_CALL = "0e"
CODES = {
    "00": "ok", "01": "no memory", "02": "file error", "03": "invalid instance", "04": "invalid parameter", "05": "not repeatable",
    "06": "invalid selection", "07": "missing argument", "08": "extra arguments", "09": "invalid command", "0a": "ambiguous",
    "0b": "conflicting", "0c": "operational error", "0d": "no data", "0e": "not in call", "0f": "interrupted",
    "10": "ambiguous selection", "11": "no match", "12": "not supported",
}

_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9@.:_+-]{0,254}")
_CALL_ID = re.compile(r"[0-9]{1,9}")


# Questions, and which lines answer them


@dataclass(frozen=True, slots=True)
class Question:
    """A command, and what a line of its answer's body may be; without `body` the answer has none.

    `is_list`: as many lines as there are, and at least one; otherwise exactly one.
    """

    asked: str
    body: str | None = None
    is_list: bool = False

    @property
    def line(self) -> bytes:
        return f"{self.asked}\n".encode()

    def is_answered_by(self, lines: list[str]) -> bool:
        if self.body is None:
            return not lines
        return bool(lines) and (self.is_list or len(lines) == 1) and all(re.fullmatch(self.body, text) for text in lines)


NOTHING = b"\n"  # The empty command, which brings out what is still on its way.
QUIET_HELP = Question("set help-mode off")  # Otherwise an error prints a long help.
MODEL = Question("get system model", ".+")
SERIAL = Question("get system serial-number", ".+")
VERSION = Question("get system version", ".+")
UPTIME = Question("get system uptime", r"[0-9]{1,6},[0-9]{1,2},[0-9]{1,2},[0-9]{1,2}")
PHONE_STATUS = Question("get system phone-status", ".+")
MUTED = Question("get audio mute", "on|off")
CALLS = Question("status call active", r"[0-9]{1,9},[0-9]{1,9},[A-Za-z ]+,[A-Za-z]*,[A-Za-z ]*,.*,.*", is_list=True)
RESTART = Question("control reboot 1")


def muting(muted: bool) -> Question:
    return Question(f"set audio mute {'on' if muted else 'off'}")


def dialling(address: str) -> Question:
    """Return the command that dials by SIP; its answer is the call's id.

    Values stand bare on this command line, so an address is letters, digits and a few signs, and begins with none that
    could make it an option.  Raises UnsafeValue for any other.
    """
    if not _ADDRESS.fullmatch(address):
        raise UnsafeValue(address)
    return Question(f"control call dial -p sip {address}", _CALL_ID.pattern)


def hanging_up(call_id: str) -> Question:
    return Question(f"control call hangup {number(call_id)}")


def number(call_id: str) -> str:
    """Return a call's id; raise UnsafeValue unless it is a plain number."""
    if not _CALL_ID.fullmatch(call_id):
        raise UnsafeValue(call_id)
    return call_id


# Lines received


UNREADABLE = "CS,?"  # Stands for a line that was too long to be read: it may have been an event about any call.
_END = re.compile(r"(?:ok,(?P<ok>00)|error,(?P<error>[0-9a-f]{2}))", re.IGNORECASE)
_EVENT = re.compile(r"(CS|IC|PS|FC|MS|VC|SS),.*")
_CALL_EVENT = re.compile(r"CS,(?P<id>[0-9]{1,9}),[^,]*,(?P<state>[^,]+)(,.*)?")


def without_prompt(text: str) -> str:
    """Return a line without the prompts it begins with."""
    while text == PROMPT or text.startswith(PROMPT + " "):
        text = text.removeprefix(PROMPT).strip()
    return text


def end(text: str) -> str | None:
    """Return the code of a line that ends a reply, in small letters; None for any other line."""
    found = _END.fullmatch(text)
    return found and (found["ok"] or found["error"]).lower()


def reason(code: str) -> str:
    """Return a code with what it means, for people."""
    return f"error {code}: {CODES.get(code, 'a code that is in no list')}"


def is_event(text: str) -> bool:
    return _EVENT.fullmatch(text) is not None


# Encryption, as the events tell it


@dataclass(frozen=True, slots=True)
class Told:
    """What the last event about a call's encryption said, and the event itself."""

    encrypted: Tri
    event: str


_ENCRYPTION_WORDS = {"call encrypted": Tri.YES, "call not encrypted": Tri.NO}
_SAYS_NOTHING_OF_IT = frozenset({"connected", "far end mute"})


def after_event(told: dict[str, Told], event: str) -> dict[str, Told]:
    """Return what is known of each call's encryption after an event.

    A call that begins or ends loses what was known, for the next one of that id is another call.  So does one whose event
    has a word nobody knows, and all of them after a call event that cannot be read.
    """
    if not event.startswith("CS,"):
        return told
    found = _CALL_EVENT.fullmatch(event)
    if found is None:
        return {}
    word = found["state"].strip().casefold()
    if word in _ENCRYPTION_WORDS:
        return {**told, found["id"]: Told(_ENCRYPTION_WORDS[word], event)}
    if word in _SAYS_NOTHING_OF_IT:
        return told
    return {call_id: known for call_id, known in told.items() if call_id != found["id"]}


def encryption(call: Call | None, state_word: str, told: Told | None, *, raw: str) -> Encryption:
    """Return what is known of a listed call's encryption.

    Only an event this connection heard counts (grade B: it is about the call as a whole, and names no suite).  A list that
    speaks of encryption in another word than the event leaves it unknown.
    """
    said = _ENCRYPTION_WORDS.get(state_word.casefold())
    if call is None or call.state is not CallState.CONNECTED or told is None or said not in (None, told.encrypted):
        return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=None, raw=raw)
    return Encryption(grade=Grade.B, encrypted=told.encrypted, streams=(), suite=None, raw=raw)


# Values


_STATES = {
    "dialing": CallState.DIALLING, "proceeding": CallState.DIALLING, "ringing": CallState.DIALLING, "connected": CallState.CONNECTED,
    "call encrypted": CallState.CONNECTED, "call not encrypted": CallState.CONNECTED, "terminated": CallState.DISCONNECTING,
}


def calls(lines: list[str]) -> dict[str, tuple[Call, str]]:
    """Read `id,conf,state,incoming,media,number,name,...` by call id, each with its state as the device worded it.

    Raises UnexpectedReply for a line of another shape and for an id that is listed twice.
    """
    found: dict[str, tuple[Call, str]] = {}
    for text in lines:
        if not re.fullmatch(CALLS.body or "", text):
            raise UnexpectedReply(asked=CALLS.asked, got=text)
        call_id, _conference, state, _incoming, _media, remote, *rest = text.split(",")
        if call_id in found:
            raise UnexpectedReply(asked=CALLS.asked, got="\n".join(lines))
        protocols = {field.upper() for field in rest[1:]} & {"SIP", "H323"}
        call = Call(id=call_id, state=_STATES.get(state.strip().casefold(), CallState.UNKNOWN), remote=remote,
                    protocol=protocols.pop() if len(protocols) == 1 else "")
        found[call_id] = (call, state.strip())
    return found


def uptime_s(text: str) -> int:
    """Read days, hours, minutes, seconds: `0,1,10,5`."""
    if not re.fullmatch(UPTIME.body or "", text):
        raise UnexpectedReply(asked=UPTIME.asked, got=text)
    days, hours, minutes, seconds = map(int, text.split(","))
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def muted(text: str) -> Tri:
    return {"on": Tri.YES, "off": Tri.NO}.get(text, Tri.UNKNOWN)
