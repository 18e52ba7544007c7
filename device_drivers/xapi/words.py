"""The xAPI's words that every family of it uses alike, and what they mean.  Pure."""

import re
import unicodedata
from datetime import UTC, datetime

from device_drivers.errors import UnsafeValue
from device_drivers.readings import Call, CallState, Tri

_CALL_STATES = {
    "dialling": CallState.DIALLING, "ringing": CallState.DIALLING, "connecting": CallState.DIALLING,
    "earlymedia": CallState.DIALLING, "connected": CallState.CONNECTED, "onhold": CallState.ON_HOLD,
    "disconnecting": CallState.DISCONNECTING,
}
_REGISTERED = {"registered": Tri.YES, "deregister": Tri.NO, "failed": Tri.NO, "inactive": Tri.NO, "registering": Tri.NO}


def incoming(direction: object) -> bool | None:
    """Read a call's `Direction`; None for any other word, or none."""
    return {Tri.YES: True, Tri.NO: False}.get(tri(direction, yes="Incoming", no="Outgoing"))


def call_state(word: str, *, incoming: bool | None = None, answer_state: object = None) -> CallState:
    """Read a call's `Status`.

    One that comes in rings until its `AnswerState` says that it was answered, by a person or by itself; firmware that tells no
    such state says `Ringing`.  A call that does not say its direction is not known to ring here.
    """
    state = _CALL_STATES.get(word.casefold(), CallState.UNKNOWN)
    if state is not CallState.DIALLING or not incoming:
        return state
    answered = answer_state.casefold() if isinstance(answer_state, str) else ""
    rings = answered in ("unanswered", "ignored") or (not answered and word.casefold() == "ringing")
    return CallState.RINGING if rings else state


def one_call(call_id: str) -> str:
    """Return the id of one call; raise UnsafeValue for anything else, and for 0, which is every call."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", call_id, re.ASCII):
        raise UnsafeValue(call_id)
    return call_id


def shown_text(text: str, seconds: int) -> str:
    """Return a text as it can be shown: composed letters (NFC), and typographic quotes, since others end the parameter.

    Raises UnsafeValue for a text without a letter, or for no time at all.
    """
    if not text.strip() or seconds < 1:
        raise UnsafeValue(f"{text} ({seconds} s)")
    return unicodedata.normalize("NFC", text).replace('"', "”")


def registered(word: str) -> Tri:
    return _REGISTERED.get(word.casefold(), Tri.UNKNOWN)


def tri(word: object, *, yes: str, no: str) -> Tri:
    """Read a two-valued word in any case; any other word, or none, is unknown."""
    lowered = word.casefold() if isinstance(word, str) else ""
    return Tri.YES if lowered == yes.casefold() else Tri.NO if lowered == no.casefold() else Tri.UNKNOWN


def whole_number(word: object) -> int | None:
    """Return a count as the device writes it; None for anything that is not one."""
    return int(word) if isinstance(word, str) and re.fullmatch(r"[0-9]{1,18}", word) else None


def says_none(suite: str | None) -> bool:
    """True when a call's own word for its encryption is that there is none."""
    return suite is not None and suite.casefold() in ("none", "off")


def worst(answers: list[Tri]) -> Tri:
    return Tri.NO if Tri.NO in answers else Tri.UNKNOWN if Tri.UNKNOWN in answers else Tri.YES


def any_of(answers: list[Tri]) -> Tri:
    """Return yes when one of several says so, no when every one denies it, and otherwise, or when there is none, unknown."""
    return Tri.YES if Tri.YES in answers else Tri.NO if answers and set(answers) == {Tri.NO} else Tri.UNKNOWN


_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})", re.ASCII)


def moment(word: object) -> datetime | None:
    """Return a moment that says its own offset (ISO 8601), as UTC; None for any other word.

    A time without an offset is none: nothing tells whether it is UTC or the room's own.
    """
    if not isinstance(word, str) or not _MOMENT.fullmatch(word):
        return None
    try:
        return datetime.fromisoformat(word).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def without_scheme(number: str) -> str:
    return re.sub(r"^(sips?|h323):", "", number)


def plain(call: Call) -> dict[str, str | None]:
    """Return a call as JSON values, for the evidence."""
    return {"id": call.id, "state": call.state.value, "remote": call.remote, "protocol": call.protocol, "suite": call.suite}
