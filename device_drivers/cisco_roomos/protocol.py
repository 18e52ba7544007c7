"""RoomOS's xAPI as text and values: lines to send, replies to read.  Pure.

Replies are in the shape of JSON mode.  Layouts: Cisco's xAPI schemas 9.15 and 11.14, and replies recorded by jsxapi's tests.
The command for a password: schemas 9.15, 11.24 and 26.2; microphones, cameras and the clock: 9.15 and 11.24.
"""

import json
import re
from datetime import datetime
from typing import Any

from device_drivers.errors import UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, Encryption, EncryptionSetting, Grade, Identity, Measured, Stream, Tri
from device_drivers.xapi import configuration, feedback, measures, words
from device_drivers.xapi.passwords import HIDDEN, Password

MICROPHONES, CAMERAS, CLOCK = "Audio Input Connectors Microphone", "Cameras Camera", "Time SystemTime"
SET_PASSWORD = "UserManagement User Passphrase Set"
_BARE_CODEC = re.compile(r"\b(codec|sx ?\d+)\b", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z0-9.]+( [A-Za-z0-9.]+)*")


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


def configuration_line(*, result_id: str) -> bytes:
    """Return the question for the whole configuration."""
    return f'xConfiguration | resultId="{_safe(result_id)}"\n'.encode()


def feedback_line(verb: str, path: str = "", *, result_id: str) -> bytes:
    """Return `xFeedback Register|Deregister <expression>`, or `xFeedback list`."""
    if not _WORDS.fullmatch(verb):
        raise UnsafeValue(verb)
    expressions = "".join(f" {one}" for one in feedback.checked([path] if path else []))
    return f'xFeedback {verb}{expressions} | resultId="{_safe(result_id)}"\n'.encode()


def _safe(value: str) -> str:
    """Return `value`; raise UnsafeValue for control characters, quotes, backslashes and anything that is not plain text."""
    if any(letter in '"\\|' or not letter.isprintable() for letter in value) or len(value) > 255:
        raise UnsafeValue(HIDDEN if isinstance(value, Password) else value)
    return value


def password(value: str) -> Password:
    """Return a password as a parameter of a command: at most 255 letters, as the schemas have it, and at least one."""
    if not value:
        raise UnsafeValue(HIDDEN)
    return Password(value)


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


def identity(reply: dict[str, Any]) -> Identity:
    """Read `xStatus SystemUnit`."""
    unit = _at(reply, "SystemUnit")
    if not isinstance(unit, dict):
        raise UnexpectedReply(asked="xStatus SystemUnit", got=json.dumps(reply))
    product = _at(reply, "SystemUnit", "ProductPlatform") or _at(reply, "SystemUnit", "ProductId") or ""
    return Identity(
        model=str(product),
        serial=str(_at(reply, "SystemUnit", "Hardware", "Module", "SerialNumber") or ""),
        firmware=str(_at(reply, "SystemUnit", "Software", "Version") or ""),
        uptime_s=words.whole_number(_at(reply, "SystemUnit", "Uptime")),
        simulated="simulat" in str(product).casefold(),
    )


def can_encrypt(reply: dict[str, Any]) -> Tri:
    """Read the option key from `xStatus SystemUnit`: without it, mode On is effectively Off."""
    return words.tri(_at(reply, "SystemUnit", "Software", "OptionKeys", "Encryption"), yes="True", no="False")


def registration(reply: dict[str, Any]) -> tuple[Tri, str]:
    """Read `xStatus SIP`: registered or not, and the device's own word."""
    items = _listed(_at(reply, "SIP", "Registration"))
    word = _within(items[0], "Status") if items else None
    if not isinstance(word, str):
        return Tri.UNKNOWN, ""
    return words.registered(word), word


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
        suite, incoming = _within(item, "Encryption", "Type"), words.incoming(_within(item, "Direction"))
        found.append(Call(
            id=call_id,
            state=words.call_state(state, incoming=incoming, answer_state=_within(item, "AnswerState")),
            incoming=incoming,
            remote=words.without_scheme(str(_within(item, "RemoteNumber") or _within(item, "CallbackNumber") or "")),
            protocol=str(_within(item, "Protocol") or "").casefold(),
            suite=suite if isinstance(suite, str) else None,
        ))
    if len({call.id for call in found}) < len(found):
        raise UnexpectedReply(asked="xStatus Call", got=json.dumps(reply))  # Whose encryption is whose, nobody could tell.
    return tuple(found)


def encryption(channels: dict[str, Any] | None, call: Call | None, *, raw: str) -> Encryption:
    """Join `xStatus MediaChannels Call n` (grade A) and the call's own encryption type (grade B).

    `channels` is None when the firmware has no such status.  Every channel counts: one that is Off makes the call
    not encrypted, one that cannot be read makes it unknown.  "None" at call level contradicts channels that say On.
    A call that has vanished between the two readings proves nothing.
    """
    if call is None:
        return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=None, raw=raw)
    streams = tuple(
        Stream(id=str(item.get("id", "")), media=_media(item), direction=_direction(item),
               encrypted=words.tri(_within(item, "Encryption"), yes="On", no="Off"))
        for item in _channels(channels or {}, call.id)
    )
    suite = call.suite
    says_none = words.says_none(suite)
    if streams:
        worst = Tri.NO if says_none else words.worst([stream.encrypted for stream in streams])
        return Encryption(grade=Grade.A, encrypted=worst, streams=streams, suite=suite, raw=raw)
    if channels is None and suite:
        return Encryption(grade=Grade.B, encrypted=Tri.NO if says_none else Tri.YES, streams=(), suite=suite, raw=raw)
    # No media yet: the call's own word is not about anything, and nothing is known.
    return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=suite, raw=raw)


def _channels(reply: dict[str, Any], call_id: str) -> list[dict[str, Any]]:
    """Return the channels of one call.  Those that do not say whose they are count as its own when no other call is told of, and
    otherwise as channels that cannot be read.
    """
    parts = _listed(_at(reply, "MediaChannels", "Call"))
    nobodys = [item for part in parts if part.get("id") is None for item in _listed(part.get("Channel", []))]
    return [*(item for part in parts if part.get("id") == call_id for item in _listed(part.get("Channel", []))),
            *(nobodys if len(parts) == 1 else [{}] * len(nobodys))]


def _media(channel: dict[str, Any]) -> str:
    return str(_within(channel, "Type") or "unknown").casefold()


def _direction(channel: dict[str, Any]) -> str:
    return str(_within(channel, "Direction") or "unknown").casefold()


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
    return words.tri(_at(reply, "Audio", "Microphones", "Mute"), yes="On", no="Off")


def obeyed(reply: dict[str, Any], *, asked: str) -> None:
    """Raise UnexpectedReply unless the reply to a command says OK: saying nothing is not saying so."""
    parts = reply.get("CommandResponse")
    if not isinstance(parts, dict) or [part.get("status") if isinstance(part, dict) else None for part in parts.values()] != ["OK"]:
        raise UnexpectedReply(asked=asked, got=json.dumps(reply))


def microphone(reply: dict[str, Any] | None, *, product: str) -> Tri:
    """Read whether a microphone is connected from `xStatus Audio Input Connectors Microphone`.  One that is muted is there.

    Nothing in any connector means none only at a bare codec: others have microphones of their own, which are no connectors.
    """
    found = words.any_of([words.tri(_within(item, "ConnectionStatus"), yes="Connected", no="NotConnected")
                          for item in _listed(_at(reply or {}, "Audio", "Input", "Connectors", "Microphone") or [])])
    return Tri.UNKNOWN if found is Tri.NO and not _BARE_CODEC.search(product) else found


def camera(reply: dict[str, Any] | None) -> Tri:
    """Read whether a camera is connected from `xStatus Cameras Camera`; a list without one tells nothing."""
    return words.any_of([words.tri(_within(item, "Connected"), yes="True", no="False")
                         for item in _listed(_at(reply or {}, "Cameras", "Camera") or [])])


def clock_at(reply: dict[str, Any] | None) -> datetime | None:
    """Read the codec's own clock, as UTC, from `xStatus Time SystemTime`, which the schemas give no layout for."""
    return words.moment(_at(reply or {}, "Time", "SystemTime"))


# Readings


def quality(reply: dict[str, Any], call_id: str) -> tuple[Measured, ...]:
    """Read loss and jitter of every channel from `xStatus MediaChannels Call n`.

    Loss is that of the last interval of some 5 s: what was lost at the start of a long call says nothing about now.
    """
    found: list[Measured] = []
    for channel in _channels(reply, call_id):
        place = f"{call_id}/{channel.get('id', '')} {_media(channel)} {_direction(channel)}"
        figures = channel.get("Netstat")
        raw = json.dumps(figures, sort_keys=True) if figures is not None else ""
        found += [measures.packet_loss(_within(figures, "LastIntervalLost"), _within(figures, "LastIntervalReceived"), place=place, raw=raw),
                  measures.jitter(_within(figures, "Jitter"), place=place, raw=raw)]
    return tuple(found)


def system_state(reply: dict[str, Any]) -> tuple[Measured, ...]:
    """Read the state from `xStatus SystemUnit`; nothing when it is not there."""
    word = _at(reply, "SystemUnit", "State", "System")
    return (measures.system_state(word),) if isinstance(word, str) else ()


def signalling(reply: dict[str, Any]) -> tuple[Measured, ...]:
    """Read from `xStatus SIP` whether signalling is secure, and each proxy; nothing for what is not there."""
    secure, verified = _at(reply, "SIP", "Secure"), _at(reply, "SIP", "Verified")
    proxies = _listed(_at(reply, "SIP", "Proxy") or [])
    return (*([measures.sip_secure(secure)] if isinstance(secure, str) else []),
            *([measures.sip_verified(verified)] if isinstance(verified, str) else []),
            *(measures.sip_proxy(_within(item, "Status"), str(item.get("id", ""))) for item in proxies))


def microphones_muted(reply: dict[str, Any]) -> Measured:
    return measures.microphones_muted(_at(reply, "Audio", "Microphones", "Mute"))


def volume(reply: dict[str, Any]) -> Measured:
    return measures.volume(_at(reply, "Audio", "Volume"))


def standby_state(reply: dict[str, Any]) -> Measured:
    return measures.standby_state(_at(reply, "Standby", "State"))


def diagnostics(reply: dict[str, Any] | None) -> tuple[Measured, ...]:
    """Read `xStatus Diagnostics`: no message is an empty status; anything else without messages tells nothing."""
    status = (reply or {}).get("Status")
    if not isinstance(status, dict) or (status and not isinstance(status.get("Diagnostics"), dict)):
        return measures.diagnostics(None, raw=json.dumps(status) if status else "")
    found = status.get("Diagnostics", {})
    if found and "Message" not in found:
        return measures.diagnostics(None, raw=json.dumps(found))
    return measures.diagnostics([(_within(item, "Level"), _within(item, "Type"), _within(item, "Description"))
                                 for item in _listed(found.get("Message", []))], raw=json.dumps(found, ensure_ascii=False))


def backup(reply: dict[str, Any]) -> str:
    """Read the whole `xConfiguration` as text without secrets; raise UnexpectedReply when there is not one setting in it."""
    kept = configuration.text(configuration.settings_in(reply.get("Configuration")))
    if not kept:
        raise UnexpectedReply(asked="xConfiguration", got=json.dumps(reply))
    return kept
