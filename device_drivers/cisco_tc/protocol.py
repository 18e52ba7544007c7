"""TC's xAPI as text and values: lines to send, replies to read.  Pure.

TC has no JSON, so replies are read in terminal mode.
Layouts: the C90 integrator guide D14128 and the SX20, SX80 and C60 API guides; no free recording of an encrypted call.
"""

import re
from enum import StrEnum

from device_drivers.errors import UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, Encryption, EncryptionSetting, Grade, Identity, Measured, Stream, Tri
from device_drivers.xapi import configuration, measures, words
from device_drivers.xapi.terminal import Reply

_WORDS = re.compile(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*")


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


def configuration_line(*, result_id: str) -> bytes:
    """Return the question for the whole configuration."""
    return f'xConfiguration | resultId="{_safe(result_id)}"\n'.encode()


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


# Values


def _under(reply: Reply, mark: str, *path: str) -> dict[tuple[str, ...], str]:
    """Return the values below a path, by the rest of their path.  Case does not count; a later line replaces an earlier one."""
    wanted = tuple(name.casefold() for name in path)
    return {_folded(leaf.path)[len(wanted):]: leaf.value for leaf in reply.leaves
            if leaf.mark == mark and _folded(leaf.path)[:len(wanted)] == wanted}


def _folded(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.casefold() for name in path)


def identity(reply: Reply) -> Identity:
    """Read `xStatus SystemUnit`."""
    unit = _under(reply, "*s", "SystemUnit")
    if not unit:
        raise UnexpectedReply(asked="xStatus SystemUnit", got=reply.raw)
    product = unit.get(("productplatform",)) or unit.get(("productid",)) or ""
    return Identity(model=product, serial=unit.get(("hardware", "module", "serialnumber"), ""),
                    firmware=unit.get(("software", "version"), ""),
                    uptime_s=words.whole_number(unit.get(("uptime",))),
                    simulated="simulat" in product.casefold())


def can_encrypt(reply: Reply) -> Tri:
    """Read the option key from `xStatus SystemUnit`: without it, mode On is effectively Off."""
    return words.tri(_under(reply, "*s", "SystemUnit").get(("software", "optionkeys", "encryption")), yes="true", no="false")


def registration(reply: Reply) -> tuple[Tri, str]:
    """Read `xStatus SIP`: registered or not, and the device's own word; several registrations that differ are unknown."""
    said = list(dict.fromkeys(value for path, value in _under(reply, "*s", "SIP").items()
                              if [name for name in path if not name.isdecimal()][-2:] == ["registration", "status"]))
    return (words.registered(said[0]), said[0]) if len(said) == 1 else (Tri.UNKNOWN, ", ".join(said))


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
    incoming = {call_id: words.incoming(item.get(("direction",))) for call_id, item in found.items()}
    return tuple(
        Call(id=call_id, state=words.call_state(item["status",], incoming=incoming[call_id], answer_state=item.get(("answerstate",))),
             incoming=incoming[call_id], remote=words.without_scheme(item.get(("remotenumber",)) or item.get(("callbacknumber",)) or ""),
             protocol=item.get(("protocol",), "").casefold(), suite=item.get(("encryption", "type")) or None)
        for call_id, item in found.items()
    )


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
    says_none = words.says_none(suite)
    streams = _streams(channels, call.id) if channels is not None else ()
    if streams:
        worst = Tri.NO if says_none else words.worst([stream.encrypted for stream in streams])
        return Encryption(grade=Grade.A, encrypted=worst, streams=streams, suite=suite, raw=raw)
    if channels is None and suite and call.state is CallState.CONNECTED:
        answer = Tri.NO if says_none else Tri.YES if suite.casefold() in PROVEN_SUITES else Tri.UNKNOWN
        return Encryption(grade=Grade.B, encrypted=answer, streams=(), suite=suite, raw=raw)
    # No media yet: the call's own word is not about anything, and nothing is known.
    return Encryption(grade=Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=suite, raw=raw)


def _streams(channels: Reply, call_id: str) -> tuple[Stream, ...]:
    """Return every channel of a call, those with names or words nobody knows too: they count as unknown."""
    said: dict[tuple[str, str], str | None] = {}
    for path, value in _under(channels, "*s", "MediaChannels", "Call", call_id).items():
        if path and "channel" in path[0]:
            key = (path[0], path[1] if len(path) > 1 else "")
            said.setdefault(key, None)
            if path[2:] == ("encryption", "status"):
                said[key] = value
    streams = []
    for (name, number), word in said.items():
        kind = _CHANNEL.fullmatch(name)
        answer = words.tri(word, yes="on", no="off")
        streams.append(Stream(id=number, media=kind[2] if kind else "unknown", direction=kind[1] if kind else "unknown",
                              encrypted=answer if kind or answer is Tri.NO else Tri.UNKNOWN))
    return tuple(streams)


def encryption_setting(reply: Reply) -> EncryptionSetting:
    """Read `xConfiguration Conference [1] Encryption Mode`; several conferences that differ are an error."""
    said = {leaf.value.casefold() for leaf in reply.leaves if leaf.mark == "*c"
             and [name for name in _folded(leaf.path) if not name.isdecimal()][-3:] == ["conference", "encryption", "mode"]}
    known = {setting.value.casefold(): setting for setting in EncryptionSetting}
    if len(said) != 1 or not said <= known.keys():
        raise UnexpectedReply(asked="xConfiguration Conference Encryption Mode", got=reply.raw)
    return known[said.pop()]


def dialled(reply: Reply) -> str:
    """Read the call id from `xCommand Dial`'s reply."""
    call_id = _under(reply, "*r", "DialResult").get(("callid",), "")
    if not re.fullmatch(r"[0-9]{1,9}", call_id):
        raise UnexpectedReply(asked="xCommand Dial", got=reply.raw)
    return call_id


def obeyed(reply: Reply, *, asked: str) -> None:
    """Raise UnexpectedReply unless the reply to a command says OK: saying nothing is not saying so."""
    if [leaf.note for leaf in reply.leaves if leaf.mark == "*r" and leaf.note] != ["status=OK"]:
        raise UnexpectedReply(asked=asked, got=reply.raw)


def muted(reply: Reply) -> Tri:
    return words.tri(_under(reply, "*s", "Audio", "Microphones").get(("mute",)), yes="on", no="off")


# Readings


def system_state(reply: Reply) -> tuple[Measured, ...]:
    """Read the state from `xStatus SystemUnit`; nothing when it is not there."""
    word = _under(reply, "*s", "SystemUnit").get(("state", "system"))
    return (measures.system_state(word),) if word else ()


def signalling(reply: Reply) -> tuple[Measured, ...]:
    """Read from `xStatus SIP` whether signalling is secure, and each proxy; nothing for what is not there."""
    said = _under(reply, "*s", "SIP")
    found = [read(said[path]) for path, read in ((("secure",), measures.sip_secure), (("verified",), measures.sip_verified)) if path in said]
    return (*found, *(measures.sip_proxy(word, path[1]) for path, word in said.items()
                      if len(path) == 3 and (path[0], path[2]) == ("proxy", "status")))


def microphones_muted(reply: Reply | None) -> Measured:
    return measures.microphones_muted(_under(reply, "*s", "Audio", "Microphones").get(("mute",)) if reply else None)


def volume(reply: Reply | None) -> Measured:
    return measures.volume(_under(reply, "*s", "Audio").get(("volume",)) if reply else None)


def standby_state(reply: Reply | None) -> Measured:
    return measures.standby_state(_under(reply, "*s", "Standby").get(("state",)) if reply else None)


def backup(reply: Reply) -> str:
    """Read the whole `xConfiguration` as text without secrets; raise UnexpectedReply when there is not one setting in it."""
    kept = configuration.text(
        (leaf.path[1:] if leaf.path[:1] == ("xConfiguration",) else leaf.path, leaf.value) for leaf in reply.leaves if leaf.mark == "*c")
    if not kept:
        raise UnexpectedReply(asked="xConfiguration", got=reply.raw)
    return kept
