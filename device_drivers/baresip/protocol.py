"""What baresip prints, as values.  Pure.

Layouts: baresip 1.0.0 of Debian 12, every one recorded (tests/device_drivers/baresip/recorded.json).  It prints keys and passwords in
clear: SRTP keys in `callstat`, the SIP password in `uastat`.  Nothing leaves this package before `without_secrets`.
"""

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from device_drivers.baresip.netstrings import one_word
from device_drivers.errors import CommandRefused, UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, EncryptionSetting, Identity, Tri

_ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_SECRETS = re.compile(r"(inline:|auth_pass=)(\"[^\"]*\"|[^;>\s'\"]+)")
WITHHELD = "(withheld)"


def without_secrets(text: str) -> str:
    """Return the text with SRTP keys and SIP passwords blanked."""
    return _SECRETS.sub(lambda found: found[1] + WITHHELD, text)


def accepted(reply: dict[str, Any], *, asked: str) -> str:
    """Return what a command printed, without terminal escapes; raise CommandRefused when it was not taken.

    "ok" says that the command was accepted, not that anything came of it.
    """
    data, ok = reply.get("data"), reply.get("ok")
    if not isinstance(data, str) or not isinstance(ok, bool):
        raise UnexpectedReply(asked=asked, got=without_secrets(json.dumps(reply)))
    printed = _ANSI.sub("", data)
    if not ok:
        raise CommandRefused(asked=asked, reason=without_secrets(printed.strip()))
    return printed


def _unexpected(asked: str, printed: str) -> UnexpectedReply:
    return UnexpectedReply(asked=asked, got=without_secrets(printed))


# Who it is

_SYSINFO = re.compile(r"^ (Machine|Version|Uptime): +(.*?) *$", re.MULTILINE)
_UPTIME = re.compile(r"(?:(\d+) days?)? ?(?:(\d+) hours?)? ?(?:(\d+) mins?)? ?(?:(\d+) secs?)?")
_UUID = re.compile(r"^UUID: ([0-9a-fA-F-]{36})\s*$", re.MULTILINE)


def identity(sysinfo: str, uuid: str | None) -> Identity:
    """Read `sysinfo` and `uuid`.

    The PC's own serial number is not told: the serial is the UUID that this installation of baresip made for itself (RFC 5626),
    empty when its module is not loaded.  The uptime is the softphone's, not the PC's.
    """
    told = dict(_SYSINFO.findall(sysinfo))
    if not told.get("Machine") or not told.get("Version"):
        raise _unexpected("sysinfo", sysinfo)
    serial = _UUID.search(uuid or "")
    return Identity(model=f"baresip ({told['Machine']})", serial=serial[1] if serial else "", firmware=told["Version"],
                    uptime_s=uptime_s(told.get("Uptime")), simulated="simulat" in told["Machine"].casefold())


def uptime_s(text: str | None) -> int | None:
    """Read "1 day 2 hours 5 secs": parts that are nought are left out, so the very first second is empty."""
    found = _UPTIME.fullmatch(text) if text is not None and len(text) < 60 else None
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def can_encrypt(modules: str) -> Tri:
    """Read from `modules` whether SRTP is loaded: without it every wish for encryption is silently dropped."""
    count = re.search(r"--- Modules \((\d+)\) ---", modules)
    lines = re.findall(r"^ *(\S+) +type=(.*?) +ref=\d+$", modules, re.MULTILINE)
    if count is None or int(count[1]) != len(lines):
        return Tri.UNKNOWN
    return Tri.YES if ("srtp", "menc") in lines else Tri.NO


# The account

SETTINGS = {EncryptionSetting.ON: "srtp-mand", EncryptionSetting.BEST_EFFORT: "srtp", EncryptionSetting.OFF: "none"}


@dataclass(frozen=True, slots=True)
class Account:
    """One SIP account.  `line` may hold a password."""

    aor: str
    mediaenc: str
    line: str = field(repr=False)

    @property
    def setting(self) -> EncryptionSetting:
        """The wish; raises UnexpectedReply for a word that is none of the three: what it would do is not known."""
        for setting, word in SETTINGS.items():
            if word == self.mediaenc:
                return setting
        raise UnexpectedReply(asked="mediaenc", got=self.mediaenc)

    def wishing(self, setting: EncryptionSetting) -> "Account":
        """Return the same account with another wish."""
        bare = re.sub(r";mediaenc=[^;]*", "", self.line)
        return replace(self, mediaenc=SETTINGS[setting], line=f"{bare};mediaenc={SETTINGS[setting]}")


def account(uastat: str) -> Account:
    """Read the current account from `uastat`; raise UnexpectedReply when there is none."""
    told = dict(re.findall(r"^ (address|aor|mediaenc): +(.*?) *$", uastat, re.MULTILINE))
    if not all(told.get(name) for name in ("address", "aor", "mediaenc")):
        raise _unexpected("uastat", uastat)
    return Account(aor=one_word(told["aor"]), mediaenc=told["mediaenc"], line=told["address"])


def accounts(reginfo: str) -> list[str]:
    """Read the addresses of all accounts from `reginfo`."""
    count = re.search(r"--- User Agents \((\d+)\) ---", reginfo)
    found = re.findall(r"^[> ] (sips?:\S+)", reginfo, re.MULTILINE)
    if count is None or int(count[1]) != len(found):
        raise _unexpected("reginfo", reginfo)
    return found


def registration(apistate: str) -> tuple[Tri, str]:
    """Read from `apistate` whether the account stands as it should: registered, or needing no registrar.

    With `regint=0` the room dials addresses without a registrar, so nothing is missing: yes, and the words say why.
    """
    try:
        told = json.loads(apistate)
    except (ValueError, RecursionError):
        raise _unexpected("apistate", apistate) from None
    chosen = [one for one in told.values() if isinstance(one, dict) and one.get("selected_ua") is True] if isinstance(told, dict) else []
    about = chosen[0].get("registration") if len(chosen) == 1 else None
    if not isinstance(about, dict) or not isinstance(about.get("interval"), int):
        return Tri.UNKNOWN, ""
    state, code = about.get("state"), about.get("code")
    if about["interval"] == 0:
        return (Tri.YES, "no registrar wanted (regint=0)") if state is None else (Tri.UNKNOWN, "")
    if state is True and code == 200:
        return Tri.YES, "200"
    return (Tri.NO, str(code) if code else "no answer from the registrar") if state is False else (Tri.UNKNOWN, "")


# Calls

_STATES = {"OUTGOING": CallState.DIALLING, "RINGING": CallState.DIALLING, "EARLY": CallState.DIALLING, "INCOMING": CallState.RINGING,
           "ESTABLISHED": CallState.CONNECTED, "TERMINATED": CallState.DISCONNECTING}
_LISTED = re.compile(r"^(?P<current>[> ]) \[line (?P<line>\d+)\] +\S+ +(?P<state>\S+) +(?P<hold>\(on hold\))? *(?P<peer>\S+) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """One call as `listcalls` shows it; ids are not among it."""

    number: int
    is_current: bool
    state: CallState
    remote: str

    def as_call(self, call_id: str, *, incoming: bool | None = None) -> Call:
        return Call(id=call_id, state=self.state, remote=self.remote, protocol="sip", incoming=self.state is CallState.RINGING or incoming)


def lines(listcalls: str) -> list[Line]:
    """Read `listcalls`; a list that does not count up to what its headline says is an error, never "no call"."""
    count = re.search(r"--- Active calls \((\d+)\) ---|--- (No) active calls ---", listcalls)
    found = [Line(number=int(one["line"]), is_current=one["current"] == ">", remote=plain_address(one["peer"]),
                  state=CallState.ON_HOLD if one["hold"] else _STATES.get(one["state"], CallState.UNKNOWN))
             for one in _LISTED.finditer(listcalls)]
    if count is None or len(found) != int(count[1] or 0):
        raise _unexpected("listcalls", listcalls)
    return found


def plain_address(uri: str) -> str:
    """Return a SIP address without its scheme and parameters, as it was dialled."""
    return uri.removeprefix("sips:").removeprefix("sip:").partition(";")[0]


def address_to_dial(address: str) -> str:
    """Return what `dial` is given.  How it travels (`;transport=tls`) is the account's affair: parameters are refused."""
    bare = one_word(address.removeprefix("sip:"))
    if "@" not in bare:
        raise UnsafeValue(address)  # baresip would complete it in its own way, and the call would not be known again.
    return f"sip:{bare}"


_MUTED = {"call muted": True, "call un-muted": False}


def now_muted(printed: str) -> bool:
    """Read what `mute`, which toggles, has led to."""
    try:
        return _MUTED[printed.strip()]
    except KeyError:
        raise _unexpected("mute", printed) from None


def incoming_in(callstat: str) -> bool | None:
    """Read from `callstat` whether the current call came in; None when no call is up or it does not say."""
    found = re.search(r"^ direction: (Incoming|Outgoing)$", callstat, re.MULTILINE)
    return None if found is None else found[1] == "Incoming"


def call_id_in(callstat: str) -> str | None:
    """Read the current call's id from `callstat`; None when no call is up."""
    if callstat.strip() == "(no active calls)":
        return None
    found = re.search(r"^ af=\S+ id=(\S+)$", callstat, re.MULTILINE)
    if found is None:
        raise _unexpected("callstat", callstat)
    return found[1]
