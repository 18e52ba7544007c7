"""What a codec is asked to report by itself, and what it reported.  Pure.

Registrations belong to a session: they are lost when it ends and when the codec restarts.  Registering does not send
the current value.  Limits: Cisco's xAPI guide.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from device_drivers.errors import UnsafeValue
from device_drivers.xapi import terminal

MOST = 38  # Expressions in one session.
MINIMAL = (
    "/Status/Call", "/Status/Audio/Microphones/Mute", "/Status/Audio/Volume", "/Status/Standby/State", "/Status/Conference/Presentation",
    "/Status/SIP/Registration", "/Status/Diagnostics", "/Event/CallSuccessful", "/Event/CallDisconnect", "/Event/IncomingCallIndication",
    "/Event/UserInterface", "/Event/Shutdown", "/Event/BootEvent",
)
_EXPRESSION = re.compile(r"/(Status|Event|Configuration)(/[A-Za-z0-9]+(\[[0-9]+\])?)+")


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of registering: the expressions that were new, that the codec had lost, and that it refused.

    `listed` is what it says is registered; None when it does not tell.
    """

    new: tuple[str, ...]
    lost: tuple[str, ...]
    refused: tuple[str, ...]
    listed: frozenset[str] | None


def checked(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the expressions without doubles; raise UnsafeValue for too many, for a whole tree, and for no expression at all."""
    wanted = tuple({folded(path): path for path in paths}.values())
    for path in wanted:
        if not _EXPRESSION.fullmatch(path):  # A plain /Status would report everything, all the time.
            raise UnsafeValue(path)
    if len(wanted) > MOST:
        raise UnsafeValue(f"{len(wanted)} feedback expressions, of which a session takes {MOST}")
    return wanted


def folded(path: str) -> str:
    """Return an expression in the form in which two are compared: some firmware prints it back in lower case."""
    return path.casefold().rstrip("/")


def listed(reply: dict[str, Any] | terminal.Reply) -> frozenset[str] | None:
    """Read `xFeedback list`, folded: one expression a line, or anywhere in a JSON reply; None when there is no list in it."""
    if isinstance(reply, terminal.Reply):
        return frozenset(folded(leaf.value) for leaf in reply.leaves if leaf.mark == terminal.PATH)
    found = frozenset(folded(text) for text in _texts(reply) if _EXPRESSION.fullmatch(text))
    return found or None


def _texts(part: Any) -> Iterable[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _texts(inner)


def touches(event: dict[str, Any], path: str) -> bool:
    """True when an event is about something at or below an expression, as "/Status/Call"."""
    place: Any = event
    for name in path.strip("/").split("/"):
        place = place[0] if isinstance(place, list) and place else place
        if not isinstance(place, dict) or name not in place:
            return False
        place = place[name]
    return True


def ended_calls(event: dict[str, Any]) -> tuple[str, ...]:
    """Return the ids of the calls that an event says are gone."""
    status = event.get("Status")
    items = status.get("Call") if isinstance(status, dict) else None
    return tuple(str(item.get("id", "")) for item in (items if isinstance(items, list) else [items])
                 if isinstance(item, dict) and item.get("ghost") == "True")
