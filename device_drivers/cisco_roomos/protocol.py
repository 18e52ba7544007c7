"""The xAPI as text and values: lines to send, replies to read.  Pure and incremental.

Replies are read in JSON mode, where the resultId is the only safe correlation: events interleave and replies may
come out of order.  Layouts: Cisco's xAPI schemas 9.15 and 11.14, and replies recorded by jsxapi's tests.
"""

import codecs
import json
import re
from typing import Any

from device_drivers.errors import CommandRefused, UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, Encryption, EncryptionSetting, Grade, Identity, Stream, Tri

_ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_WORDS = re.compile(r"[A-Za-z0-9.]+( [A-Za-z0-9.]+)*")
LONGEST_REPLY = 4_000_000  # Characters; the whole status tree is some 100 kB.


# Lines to send


def line(root: str, path: str, *, result_id: str, **parameters: str) -> bytes:
    """Return one command line.  This is the only place where one is built.

    `path` is the driver's own words; parameter values are quoted, and refused when they could break out of the quotes.
    """
    if not _WORDS.fullmatch(path):
        raise UnsafeValue(path)
    values = "".join(f' {name}: "{_safe(value)}"' for name, value in parameters.items())
    return f'{root} {path}{values} | resultId="{_safe(result_id)}"\n'.encode()


def setting_line(path: str, value: str, *, result_id: str) -> bytes:
    """Return `xConfiguration <path>: <value>`."""
    if not _WORDS.fullmatch(path) or not _WORDS.fullmatch(value):
        raise UnsafeValue(f"{path}: {value}")
    return f'xConfiguration {path}: {value} | resultId="{_safe(result_id)}"\n'.encode()


def _safe(value: str) -> str:
    """Return `value`; raise UnsafeValue for control characters, quotes, backslashes and anything that is not plain text."""
    if any(letter in '"\\|' or not letter.isprintable() for letter in value) or len(value) > 255:
        raise UnsafeValue(value)
    return value


# Replies, cut anywhere


class LineReader:
    """Turns bytes into lines while the device still speaks plain text (greeting, `echo off`)."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that are complete, without line ends and terminal escapes."""
        self._text += self._decoder.decode(data)
        *lines, self._text = self._text.split("\n")
        return [_ANSI.sub("", whole).rstrip("\r") for whole in lines]


class ReplyReader:
    """Turns bytes into JSON replies, however they were cut, skipping anything between them.

    Braces are counted outside strings only; a letter cut between its bytes waits for the rest.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: list[str] = []
        self._depth, self._in_string, self._escaped = 0, False, False
        self._size = 0
        self.unreadable = 0

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Return the replies that `data` completes."""
        replies = []
        text = self._decoder.decode(data)
        start = 0
        for place, letter in enumerate(text):
            if self._depth == 0:
                if letter != "{":
                    continue
                start, self._depth = place, 1
            elif self._in_string:
                if self._escaped:
                    self._escaped = False
                elif letter == "\\":
                    self._escaped = True
                elif letter == '"':
                    self._in_string = False
            elif letter == '"':
                self._in_string = True
            elif letter == "{":
                self._depth += 1
            elif letter == "}":
                self._depth -= 1
                if self._depth == 0:
                    self._parts.append(text[start : place + 1])
                    replies.extend(self._take())
        if self._depth:
            self._parts.append(text[start:])
            self._size += len(text) - start
            if self._size > LONGEST_REPLY:
                self.unreadable += 1
                self._reset()
        return replies

    def _take(self) -> list[dict[str, Any]]:
        whole = "".join(self._parts)
        self._reset()
        try:
            return [json.loads(whole)]
        except (ValueError, RecursionError):
            self.unreadable += 1
            return []

    def _reset(self) -> None:
        self._parts, self._size = [], 0
        self._depth, self._in_string, self._escaped = 0, False, False


def accepted(reply: dict[str, Any], *, asked: str) -> dict[str, Any]:
    """Return the reply; raise CommandRefused when it is an error in either of the two shapes firmware uses."""
    body = reply.get("CommandResponse", reply)
    if not isinstance(body, dict):
        raise UnexpectedReply(asked=asked, got=json.dumps(reply))
    for name, part in body.items():
        if isinstance(part, dict) and part.get("status", "OK") != "OK":
            reason = part.get("Reason")
            raise CommandRefused(asked=asked, reason=str(reason.get("Value", "") if isinstance(reason, dict) else part["status"]))
        if name == "Configuration" and '"error": "True"' in json.dumps(part):
            raise CommandRefused(asked=asked, reason="illegal value")
    return reply


# Values


def _at(reply: dict[str, Any], *path: str) -> Any:
    """Return the value at a path of a status reply, or None."""
    return _within(reply.get("Status"), *path)


def _within(found: Any, *path: str) -> Any:
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found["Value"] if isinstance(found, dict) and "Value" in found else found


def _listed(found: Any) -> list[dict[str, Any]]:
    """Return a list of items, less the ones the device says are gone; a single item may stand without its list.

    What is not an item stands as an empty one: there is something, and nothing of it can be read.
    """
    items = found if isinstance(found, list) else [found]
    return [item if isinstance(item, dict) else {} for item in items if not (isinstance(item, dict) and item.get("ghost") == "True")]


def _tri(word: Any, *, yes: str, no: str) -> Tri:
    """Read a two-valued word; any other word, or none, is unknown."""
    lowered = word.casefold() if isinstance(word, str) else ""
    return Tri.YES if lowered == yes.casefold() else Tri.NO if lowered == no.casefold() else Tri.UNKNOWN


def identity(reply: dict[str, Any]) -> Identity:
    """Read `xStatus SystemUnit`."""
    unit = _at(reply, "SystemUnit")
    if not isinstance(unit, dict):
        raise UnexpectedReply(asked="xStatus SystemUnit", got=json.dumps(reply))
    uptime = _at(reply, "SystemUnit", "Uptime")
    product = _at(reply, "SystemUnit", "ProductPlatform") or _at(reply, "SystemUnit", "ProductId") or ""
    return Identity(
        model=str(product),
        serial=str(_at(reply, "SystemUnit", "Hardware", "Module", "SerialNumber") or ""),
        firmware=str(_at(reply, "SystemUnit", "Software", "Version") or ""),
        uptime_s=int(uptime) if isinstance(uptime, str) and uptime.isdecimal() and len(uptime) < 20 else None,
        simulated="simulat" in str(product).casefold(),
    )


def can_encrypt(reply: dict[str, Any]) -> Tri:
    """Read the option key from `xStatus SystemUnit`: without it, mode On is effectively Off."""
    return _tri(_at(reply, "SystemUnit", "Software", "OptionKeys", "Encryption"), yes="True", no="False")


def registration(reply: dict[str, Any]) -> tuple[Tri, str]:
    """Read `xStatus SIP`: registered or not, and the device's own word."""
    items = _listed(_at(reply, "SIP", "Registration"))
    word = _within(items[0], "Status") if items else None
    if not isinstance(word, str):
        return Tri.UNKNOWN, ""
    known = {"registered": Tri.YES, "deregister": Tri.NO, "failed": Tri.NO, "inactive": Tri.NO, "registering": Tri.NO}
    return known.get(word.casefold(), Tri.UNKNOWN), word


_STATES = {
    "dialling": CallState.DIALLING, "ringing": CallState.DIALLING, "connecting": CallState.DIALLING,
    "earlymedia": CallState.DIALLING, "connected": CallState.CONNECTED, "onhold": CallState.ON_HOLD,
    "disconnecting": CallState.DISCONNECTING,
}


def calls(reply: dict[str, Any]) -> tuple[Call, ...]:
    """Read `xStatus Call`.

    No calls is an empty `Status`; a block this driver does not know is an error, never "no call" (fail closed).
    """
    status = reply.get("Status")
    if not isinstance(status, dict) or (status and "Call" not in status):
        raise UnexpectedReply(asked="xStatus Call", got=json.dumps(reply))
    found = []
    for item in _listed(status.get("Call", [])):
        state, call_id = _within(item, "Status"), item.get("id")
        if not isinstance(call_id, str) or not isinstance(state, str):
            raise UnexpectedReply(asked="xStatus Call", got=json.dumps(reply))
        suite = _within(item, "Encryption", "Type")
        found.append(Call(
            id=call_id,
            state=_STATES.get(state.casefold(), CallState.UNKNOWN),
            remote=_without_scheme(str(_within(item, "RemoteNumber") or _within(item, "CallbackNumber") or "")),
            protocol=str(_within(item, "Protocol") or "").casefold(),
            suite=suite if isinstance(suite, str) else None,
        ))
    return tuple(found)


def _without_scheme(number: str) -> str:
    return number.removeprefix("sip:").removeprefix("sips:")


def encryption(channels: dict[str, Any] | None, call: Call | None, *, raw: str) -> Encryption:
    """Join `xStatus MediaChannels Call n` (grade A) and the call's own encryption type (grade B).

    `channels` is None when the firmware has no such status.  Every channel counts: one that is Off makes the call
    not encrypted, one that cannot be read makes it unknown.  "None" at call level contradicts channels that say On.
    A call that has vanished between the two readings proves nothing.
    """
    if call is None:
        return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=None, raw=raw)
    streams = tuple(
        Stream(id=str(item.get("id", "")), media=str(_within(item, "Type") or "unknown").casefold(),
               direction=str(_within(item, "Direction") or "unknown").casefold(),
               encrypted=_tri(_within(item, "Encryption"), yes="On", no="Off"))
        for part in _listed(_at(channels or {}, "MediaChannels", "Call")) if part.get("id") in (None, call.id)
        for item in _listed(part.get("Channel", []))
    )
    suite = call.suite
    says_none = suite is not None and suite.casefold() in ("none", "off")
    if streams:
        worst = Tri.NO if says_none else _worst([stream.encrypted for stream in streams])
        return Encryption(grade=Grade.A, encrypted=worst, streams=streams, suite=suite, raw=raw)
    if channels is None and suite:
        return Encryption(grade=Grade.B, encrypted=Tri.NO if says_none else Tri.YES, streams=(), suite=suite, raw=raw)
    # No media yet: the call's own word is not about anything, and nothing is known.
    return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=suite, raw=raw)


def _worst(answers: list[Tri]) -> Tri:
    return Tri.NO if Tri.NO in answers else Tri.UNKNOWN if Tri.UNKNOWN in answers else Tri.YES


def encryption_setting(reply: dict[str, Any]) -> EncryptionSetting:
    """Read `xConfiguration Conference Encryption Mode`."""
    found: Any = reply.get("Configuration", {})
    for name in ("Conference", "Encryption", "Mode", "Value"):
        found = found.get(name) if isinstance(found, dict) else None
    try:
        return EncryptionSetting(found)
    except ValueError:
        raise UnexpectedReply(asked="xConfiguration Conference Encryption Mode", got=json.dumps(reply)) from None


def dialled(reply: dict[str, Any]) -> str:
    """Read the call id from `xCommand Dial`'s reply."""
    call_id = _within(reply.get("CommandResponse"), "DialResult", "CallId")
    if not isinstance(call_id, str) or not call_id:
        raise UnexpectedReply(asked="xCommand Dial", got=json.dumps(reply))
    return call_id


def muted(reply: dict[str, Any]) -> Tri:
    return _tri(_at(reply, "Audio", "Microphones", "Mute"), yes="On", no="Off")
