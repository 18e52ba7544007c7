"""The Tesira Text Protocol as text and values: lines to send, replies to read.  Pure and incremental.

Source: second-hand, from published driver code, not from a device: greeting, echo, `+OK`, `+OK "value":x`, `-ERR ...`
and publishes.  What stands inside the list of active faults is in none of it, so the list is kept as the device's own words.
"""

import re
from dataclasses import dataclass

from device_drivers.errors import UnexpectedReply, UnsafeValue
from device_drivers.readings import Tri

LONGEST_LINE = 1_000_000  # Characters; every reply, a list of faults too, is one line.
LONGEST_NAME = 100  # Characters of a block's name: our own limit.
PUBLISH_EVERY_MS = 500


# Lines to send


@dataclass(frozen=True, slots=True)
class MuteBlock:
    """The mute of one channel of a block.  Blocks are named by whoever programmed the room, and their case counts.

    Raises UnsafeValue for a name that could break out of its quotes, and for a channel that is no small number.
    """

    name: str
    channel: int

    def __post_init__(self) -> None:
        _quoted(self.name)
        if type(self.channel) is not int or not 0 < self.channel < 10_000:
            raise UnsafeValue(str(self.channel))


@dataclass(frozen=True, slots=True)
class Question:
    """A command line, and whether its answer holds a value."""

    line: bytes
    is_valued: bool

    @property
    def asked(self) -> str:
        return self.line.decode().strip()


VERBOSE = Question(b"SESSION set verbose true\n", is_valued=False)
VERSION = Question(b"DEVICE get version\n", is_valued=True)
SERIAL = Question(b"DEVICE get serialNumber\n", is_valued=True)
FAULTS = Question(b"DEVICE get activeFaultList\n", is_valued=True)


def mute_of(block: MuteBlock) -> Question:
    return Question(f"{_quoted(block.name)} get mute {block.channel}\n".encode(), is_valued=True)


def subscribing(block: MuteBlock, token: str) -> Question:
    """Return the command that asks for publishes about a mute, each bearing `token`."""
    return Question(f"{_quoted(block.name)} subscribe mute {block.channel} {_quoted(token)} {PUBLISH_EVERY_MS}\n".encode(), is_valued=False)


def _quoted(value: str) -> str:
    """Return `value` in quotes; raise UnsafeValue for control characters, quotes, backslashes, emptiness and excess."""
    if any(letter in "\"\\" or not letter.isprintable() for letter in value) or not value.strip() or len(value) > LONGEST_NAME:
        raise UnsafeValue(value)
    return f'"{value}"'


# Bytes and lines received, cut anywhere


class TelnetFilter:
    """Takes telnet's option bytes (RFC 854) away: this server begins with them.  No UTF-8 text holds such a byte."""

    _IAC, _SB, _SE, _WILL, _DONT = 255, 250, 240, 251, 254

    def __init__(self) -> None:
        self._state = "text"

    def feed(self, data: bytes) -> bytes:
        """Return `data` without option bytes, whatever part of a sequence was cut off before."""
        if self._state == "text" and self._IAC not in data:
            return data
        kept = bytearray()
        for byte in data:
            match self._state:
                case "text" if byte != self._IAC:
                    kept.append(byte)
                case "text":
                    self._state = "command"
                case "command":
                    self._state = "option" if self._WILL <= byte <= self._DONT else "inside" if byte == self._SB else "text"
                case "option":
                    self._state = "text"
                case "inside" if byte == self._IAC:
                    self._state = "inside command"
                case "inside command":
                    self._state = "text" if byte == self._SE else "inside"
        return bytes(kept)


@dataclass(frozen=True, slots=True)
class Reply:
    """What ends an exchange: `+OK`, `+OK "value":x` (value is then x as it was sent) or `-ERR` with its reason."""

    is_ok: bool
    value: str | None
    reason: str
    raw: str

    def answers(self, question: Question) -> bool:
        """True when it has the shape of an answer to the question, which a late answer to another may not have."""
        return self.is_ok and (self.value is not None) == question.is_valued


@dataclass(frozen=True, slots=True)
class Publish:
    """A line about something that was subscribed to, sent when it changes."""

    token: str
    value: str


_GREETING = re.compile(r"Welcome to the (?P<product>.+?) Text Protocol Server\b.*")
_REPLY = re.compile(r"\+OK(?: +(?P<body>.+))?|-ERR\b *(?P<reason>.*)")
_VALUE = re.compile(r'"value":(?P<value>.+)')
_PUBLISH = re.compile(r'! *"publishToken":"(?P<token>[^"]*)" +"value":(?P<value>.+)')


def product_in(text: str) -> str | None:
    """Return the product a greeting names, or None when the line is no greeting."""
    found = _GREETING.fullmatch(text)
    return found and found["product"]


def reply(text: str) -> Reply | None:
    """Return the reply that a line is, or None: an echo, a publish, or something nobody knows."""
    found = _REPLY.fullmatch(text)
    if found is None:
        return None
    body = _VALUE.fullmatch(found["body"] or "")
    if found["body"] and body is None:
        return None  # An answer of another shape is not known to be one.
    return Reply(text.startswith("+OK"), body and body["value"], found["reason"] or "", text)


def is_publish(text: str) -> bool:
    return text.startswith("!")


def publish(text: str) -> Publish | None:
    """Return what is published, or None when the line cannot be read."""
    found = _PUBLISH.fullmatch(text)
    return found and Publish(found["token"], found["value"])


def is_already_subscribed(reason: str) -> bool:
    """True for the refusal that means success: the session has this subscription."""
    return reason.startswith("ALREADY_SUBSCRIBED")


# Values


def truth(value: str) -> Tri:
    """Read `true` or `false`; any other word is unknown."""
    return {"true": Tri.YES, "false": Tri.NO}.get(value, Tri.UNKNOWN)


def words(value: str, *, asked: str) -> str:
    """Return a value that is text, without its quotes; raise UnexpectedReply for an empty or shapeless one."""
    plain = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    if not plain.strip() or '"' in plain or len(plain) > LONGEST_NAME:
        raise UnexpectedReply(asked=asked, got=value)
    return plain.strip()
