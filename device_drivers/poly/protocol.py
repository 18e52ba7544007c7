"""Poly's text command API as text and values: lines to send, replies to read.  Pure.

There is no request id.  A line is taken for an answer only when it fits the grammar of what was asked; everything
else is an event, an echo, the device introducing itself once more, or a line nobody knows.  Grammar: the integrator's
command guides of HDX and RealPresence Group, and a recorded conversation with a Group 700 on 6.2.1.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from device_drivers.errors import CommandRefused, UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, EncryptionSetting, Identity, Tri

PROMPT = "->"
LONGEST_BLOCK = 500  # Lines.
_WORDS = re.compile(r"[a-z]+( [a-z0-9]+)*")


# Lines to send


def line(words: str, *values: str, then: str = "") -> bytes:
    """Return one command line.  This is the only place where one is built.

    `words` and `then` are the driver's own; `values` are quoted, and refused when they could break out of the quotes.
    """
    if not _WORDS.fullmatch(words) or (then and not _WORDS.fullmatch(then)):
        raise UnsafeValue(f"{words} {then}")
    quoted = [f'"{_safe(value)}"' for value in values]
    return (" ".join([words, *quoted, *([then] if then else [])]) + "\r\n").encode()


def dial_line(address: str) -> bytes:
    """Return the command that dials by SIP and lets the device choose the rate."""
    return line("dial manual auto", address, then="sip")


def hang_up_line(call_id: str) -> bytes:
    return line(f"hangup video {number(call_id)}")


ANSWER = line("answer video")  # Whichever call rings.


def setting_line(setting: EncryptionSetting) -> bytes:
    return line(f"encryption {_SETTINGS[setting]}")


def number(call_id: str) -> str:
    """Return a call's id; raise UnsafeValue unless it is a plain number."""
    if not re.fullmatch(r"[0-9]{1,9}", call_id):
        raise UnsafeValue(call_id)
    return call_id


def _safe(value: str) -> str:
    """Return `value`; raise UnsafeValue for control characters, quotes, backslashes, emptiness and excess."""
    if any(letter in "\"'\\" or not letter.isprintable() for letter in value) or not value.strip() or len(value) > 255:
        raise UnsafeValue(value)
    return value


# Lines received


def without_prompt(text: str) -> tuple[bool, str]:
    """Return whether a line begins with the prompt, and the line without it."""
    prompted = False
    while text == PROMPT or text.startswith(PROMPT + " "):
        prompted, text = True, text.removeprefix(PROMPT).strip()
    return prompted, text


_EVENT = re.compile(r"(notification|provider):.+|cs: call\[.+|(active|cleared|ended): call\[.+|dialstr\[.+|listen .+|vcbutton play [0-9]+")
_INTRODUCTION = re.compile(
    r"Hi, my name is ?:.*|Here is what I know about myself:|Local Time is:.*|"
    r"(Model|Serial Number|Software Version|Build Information|Contact Number|Time In Last Call|Total Time In Calls|Total Calls|"
    r"SNTP Time Service|IP Video Number|ISDN Video Number|MP Enabled|H323 Enabled|HTTP Enabled|SNMP Enabled):.*")
_REFUSAL = re.compile(r"(error|info):\s*(?P<reason>.*)|(?P<plain>command is not available in current system configuration|"
                      r"this setting is controlled by a provisioning service.*|this command is not supported on this model|"
                      r"connection [0-9]+ is not active)", re.IGNORECASE)
ALREADY_ACTIVE = re.compile(r"info: event/notification already active:.*")


def is_event(text: str) -> bool:
    return _EVENT.fullmatch(text) is not None


def is_introduction(text: str) -> bool:
    """True for a line of the block in which the device says who it is; it comes at login and at any other time."""
    return _INTRODUCTION.fullmatch(text) is not None


def refusal(text: str) -> str | None:
    """Return why the device says no, or None when the line is no refusal.  `info:` is one, not noise."""
    found = None if ALREADY_ACTIVE.fullmatch(text) else _REFUSAL.fullmatch(text)
    return None if found is None else (found["plain"] or found["reason"] or text)


# Questions, and which lines answer them


@dataclass(frozen=True, slots=True)
class Question:
    """A command, and the grammar of its answer: one line that fits `alone`, or lines from `first` to `last`.

    Inside such a block `body` is what a line may be; with `strict`, any other line makes the block unreadable.
    """

    command: bytes
    alone: str = r"(?!)"
    first: str = r"(?!)"
    body: str = r".*"
    last: str = r"(?!)"
    strict: bool = False

    @property
    def asked(self) -> str:
        return self.command.decode().strip()


@dataclass(slots=True)
class Answer:
    """Gathers the lines that answer a question."""

    question: Question
    lines: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)  # What came and did not fit.
    done: bool = False

    def take(self, text: str) -> None:
        """Take one line that is no event and no echo.

        Raises CommandRefused when the device says no, and UnexpectedReply inside a block that cannot be read.
        """
        question = self.question
        if re.fullmatch(question.alone, text):
            self.lines, self.done = [text], True
        elif re.fullmatch(question.first, text):
            self.lines = [text]
        elif self.lines and re.fullmatch(question.last, text):
            self.lines.append(text)
            self.done = True
        elif self.lines and re.fullmatch(question.body, text):
            self.lines.append(text)
            if len(self.lines) > LONGEST_BLOCK:
                raise UnexpectedReply(asked=question.asked, got="\n".join(self.lines[:20]))
        elif (why := refusal(text)) is not None:
            raise CommandRefused(asked=question.asked, reason=why)
        elif not is_introduction(text):
            if self.lines and question.strict:
                raise UnexpectedReply(asked=question.asked, got="\n".join([*self.lines, text]))
            self.strange = [*self.strange[-9:], text]


WHO = Question(line("whoami"), first=r"Hi, my name is ?:.*", body=r"[A-Z][A-Za-z0-9 ]*:.*|Here is .*", last=r"SNMP Enabled:.*")
INTRODUCED = Question(b"introduction", first=WHO.first, body=WHO.body, last=WHO.last)
UPTIME = Question(line("uptime get"), alone=r"[0-9]+ (Day|Hour|Minute|Second)s?(,? +[0-9]+ (Day|Hour|Minute|Second)s?)*")
CALLS = Question(line("callinfo all"), alone=r"system is not in a call", first=r"callinfo begin", body=r"callinfo:.*", last=r"callinfo end",
                 strict=True)
STATUS = Question(line("status"), first=r"inacall \w+", body=r"\w+ \w+", last=r"status end")
MUTED = Question(line("mute near get"), alone=r"mute near (on|off)")
ENCRYPTION = Question(line("encryption get"), alone=r"encryption (get )?(?!get$)[a-z]+")
# Its answer looks like no other, so whatever comes after it answers a later question.
FENCE = Question(line("volume get"), alone=r"volume [0-9]+")
RESTART = Question(line("reboot now"))
TELL_ABOUT_CALLS = Question(line("notify callstatus"), alone=r"notify callstatus success|" + ALREADY_ACTIVE.pattern)


def dialling(address: str) -> Question:
    return Question(dial_line(address), alone=r"dialing\b.*")


def hanging_up(call_id: str) -> Question:
    return Question(hang_up_line(call_id), alone=r"hanging up\b.*")


# Values


def identity(block: Iterable[str], *, uptime_s: int | None) -> Identity:
    """Read the introduction, which is also the answer to `whoami`."""
    lines = list(block)
    said = {name.strip(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
    if not said.get("Model"):
        raise UnexpectedReply(asked=WHO.asked, got="\n".join(lines))
    return Identity(model=said["Model"], serial=said.get("Serial Number", ""), firmware=said.get("Software Version", ""), uptime_s=uptime_s,
                    simulated="simulat" in said["Model"].casefold())


_SECONDS = {"Day": 86_400, "Hour": 3_600, "Minute": 60, "Second": 1}


def uptime_s(text: str) -> int:
    """Read `1 Hour, 10 Minutes`."""
    parts = re.findall(r"([0-9]{1,9}) (Day|Hour|Minute|Second)", text)
    if not parts or not re.fullmatch(UPTIME.alone, text):
        raise UnexpectedReply(asked=UPTIME.asked, got=text)
    return sum(int(count) * _SECONDS[unit] for count, unit in parts)


def registration(block: Iterable[str]) -> tuple[Tri, str]:
    """Read the SIP server's line of `status`: registered or not, and the device's own word."""
    words = dict(text.split(" ", 1) for text in block if " " in text)
    word = words.get("sipserver", "")
    return {"online": Tri.YES, "offline": Tri.NO}.get(word, Tri.UNKNOWN), word


_STATES = {
    "opened": CallState.DIALLING, "ringing": CallState.DIALLING, "connecting": CallState.DIALLING, "connected": CallState.CONNECTED,
    "disconnecting": CallState.DISCONNECTING, "disconnected": CallState.DISCONNECTING,
}


def calls(block: Iterable[str]) -> tuple[Call, ...]:
    """Read the answer to `callinfo all`.

    Only the sentence "system is not in a call" means idle.  An empty block has been seen from real devices and means
    that nothing is known, which is an error here (fail closed).
    """
    lines = list(block)
    if lines == ["system is not in a call"]:
        return ()
    bodies = [text for text in lines if text.startswith("callinfo:")]
    if not bodies or [lines[0], lines[-1]] != ["callinfo begin", "callinfo end"] or len(bodies) != len(lines) - 2:
        raise UnexpectedReply(asked=CALLS.asked, got="\n".join(lines))
    found = tuple(map(_call, bodies))
    if len({call.id for call in found}) != len(found):
        raise UnexpectedReply(asked=CALLS.asked, got="\n".join(lines))
    return found


def _call(text: str) -> Call:
    """Read `callinfo:id:name:number:speed:state:mute:direction:type`, where name and number may hold colons themselves."""
    parts = text.removeprefix("callinfo:").split(":")
    if len(parts) < 8:
        raise UnexpectedReply(asked=CALLS.asked, got=text)
    call_id, (speed, state, mute, direction, _kind) = parts[0], parts[-5:]
    shifted = not speed.isdecimal() or mute not in ("muted", "notmuted") or direction not in ("outgoing", "incoming")
    if not re.fullmatch(r"[0-9]{1,9}", call_id) or shifted:
        raise UnexpectedReply(asked=CALLS.asked, got=text)
    incoming, state = direction == "incoming", state.casefold()
    return Call(id=call_id, state=CallState.RINGING if incoming and state == "ringing" else _STATES.get(state, CallState.UNKNOWN),
                remote=_number_of(":".join(parts[1:-5])), incoming=incoming)


def _number_of(name_and_number: str) -> str:
    """Return the number of `name:number`: what follows a scheme, a whole IPv6 address, or else what follows the last colon."""
    if found := re.search(r"(?:^|:)(?:sips?|h323):(.+)$", name_and_number, re.IGNORECASE):
        return found[1]
    pieces = name_and_number.split(":")
    for start in range(1, len(pieces)):
        candidate = ":".join(pieces[start:])
        try:
            ipaddress.IPv6Address(candidate.removeprefix("[").removesuffix("]"))
        except ValueError:
            continue
        return candidate
    return pieces[-1]


def outgoing_call(event: str) -> tuple[str, str] | None:
    """Return id and number of `notification:callstatus:outgoing:id:name:number:state:rate:cause:type` when it tells of a call coming up."""
    parts = event.split(":")
    if parts[:3] != ["notification", "callstatus", "outgoing"] or len(parts) < 10 or not re.fullmatch(r"[0-9]{1,9}", parts[3]):
        return None
    up = _STATES.get(parts[-4]) in (CallState.DIALLING, CallState.CONNECTED)
    return (parts[3], _number_of(":".join(parts[4:-4]))) if up else None


def plain_number(address: str) -> str:
    """Return an address as the device may name it: without its scheme, in small letters."""
    return re.sub(r"^(sips?|h323):", "", address, flags=re.IGNORECASE).casefold()


_SETTINGS = {EncryptionSetting.ON: "requiredallcalls", EncryptionSetting.BEST_EFFORT: "yes", EncryptionSetting.OFF: "no"}
# "yes" falls back to clear in silence, and with the last one audio-only calls may be clear: neither is a requirement.
_SETTING_NAMES = {word: setting for setting, word in _SETTINGS.items()} | {"requiredvideocallsonly": EncryptionSetting.BEST_EFFORT}


def encryption_setting(text: str) -> EncryptionSetting:
    """Read `encryption <value>` or `encryption get <value>`.  It is the device's wish and proves nothing about a call."""
    try:
        return _SETTING_NAMES[text.removeprefix("encryption ").removeprefix("get ")]
    except KeyError:
        raise UnexpectedReply(asked=ENCRYPTION.asked, got=text) from None


def muted(text: str) -> Tri:
    return {"mute near on": Tri.YES, "mute near off": Tri.NO}.get(text, Tri.UNKNOWN)
