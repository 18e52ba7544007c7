"""From the xAPI's words to readings with a meaning.  Pure; a word nobody documented is shown and means unknown.

Words: Cisco's xAPI schemas 9.15 and 11.14.  Limits of loss and jitter: where speech and picture begin to suffer.
"""

from device_drivers.readings import Health, Measured
from device_drivers.xapi.words import whole_number

LOSS_PERCENT = (1.0, 3.0)  # From here a warning, from here critical.
JITTER_MS = (30.0, 50.0)
_LEVELS = {"critical": Health.CRITICAL, "error": Health.CRITICAL, "warning": Health.WARNING, "info": Health.OK}
_PROXIES = {"active": Health.OK, "off": Health.OK, "dnsfailed": Health.WARNING, "timeout": Health.WARNING, "unabletcp": Health.WARNING,
            "unabletls": Health.WARNING, "authenticationfailed": Health.WARNING}
_STANDBY = {"standby", "enteringstandby", "halfwake", "off"}
_SYSTEM = {"initialized", "incall"}


def _known(name: str, word: object, known: dict[str, Health], *, place: str = "") -> Measured:
    """Return a word with its health; what is no word at all has no value."""
    if not isinstance(word, str) or not word:
        return Measured(name, None, place=place)
    return Measured(name, word, health=known.get(word.casefold(), Health.UNKNOWN), place=place, raw=word)


def microphones_muted(word: object) -> Measured:
    """Read `xStatus Audio Microphones Mute`.  Muted is no fault, and says nothing about whether a microphone is there."""
    return _known("microphones_muted", word, {"on": Health.OK, "off": Health.OK})


def standby_state(word: object) -> Measured:
    return _known("standby_state", word, dict.fromkeys(_STANDBY, Health.OK))


def system_state(word: object) -> Measured:
    return _known("system_state", word, dict.fromkeys(_SYSTEM, Health.OK))


def sip_proxy(word: object, place: str) -> Measured:
    """Read `xStatus SIP Proxy n Status`.  A warning at most: the registration says whether calls get through."""
    return _known("sip_proxy", word, _PROXIES, place=place)


def sip_secure(word: object) -> Measured:
    """Read `xStatus SIP Secure`: signalling goes over TLS."""
    return _known("sip_secure", word, {"true": Health.OK, "false": Health.WARNING})


def sip_verified(word: object) -> Measured:
    """Read `xStatus SIP Verified`: the server's certificate was checked."""
    return _known("sip_verified", word, {"true": Health.OK, "false": Health.WARNING})


def volume(word: object) -> Measured:
    """Read `xStatus Audio Volume`, 0 to 100 without a unit."""
    level = whole_number(word)
    if level is None or level > 100:
        return Measured("volume", None, raw=word if isinstance(word, str) else "")
    return Measured("volume", level, health=Health.OK, raw=str(word))


def diagnostics(messages: list[tuple[object, object, object]] | None, *, raw: str = "") -> tuple[Measured, ...]:
    """Read `xStatus Diagnostics Message n`: level, type and description of each, and first how many there are.

    None says that the codec does not tell, which is not the same as no message.
    """
    if messages is None:
        return (Measured("diagnostics_count", None, raw=raw),)
    found = []
    for level, kind, description in messages:
        shown = next((word for word in (description, kind) if isinstance(word, str) and word), None)
        health = _LEVELS.get(level.casefold(), Health.UNKNOWN) if isinstance(level, str) else Health.UNKNOWN
        found.append(Measured("diagnostics_message", shown, health=health, place=kind if isinstance(kind, str) else "", raw=str(level or "")))
    order = [Health.OK, Health.UNKNOWN, Health.WARNING, Health.CRITICAL]
    worst = max((one.health for one in found), key=order.index, default=Health.OK)
    return (Measured("diagnostics_count", len(found), health=worst, raw=raw), *found)


def packet_loss(lost: object, received: object, *, place: str, raw: str = "") -> Measured:
    """Return the share of packets lost in the last interval, in percent; unknown when none were counted."""
    gone, came = whole_number(lost), whole_number(received)
    if gone is None or came is None or gone + came == 0:
        return Measured("packet_loss", None, "%", place=place, raw=raw)
    percent = 100 * gone / (gone + came)
    return Measured("packet_loss", round(percent, 2), "%", _by_limits(percent, LOSS_PERCENT), place, raw)


def jitter(word: object, *, place: str, raw: str = "") -> Measured:
    """Return the jitter of a media channel, in milliseconds."""
    found = whole_number(word)
    if found is None:
        return Measured("jitter", None, "ms", place=place, raw=raw)
    return Measured("jitter", found, "ms", _by_limits(found, JITTER_MS), place, raw)


def _by_limits(value: float, limits: tuple[float, float]) -> Health:
    warning, critical = limits
    return Health.CRITICAL if value >= critical else Health.WARNING if value >= warning else Health.OK
