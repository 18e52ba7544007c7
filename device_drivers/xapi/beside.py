"""What is good to know of a codec and must never cost it its status: questions whose refusal or silence means "unknown".

A question that met silence costs its deadline once and is not asked again on the connection.  After two silences in a row
nothing more is asked in that look: the codec may be gone, and its next look begins with a question it has to answer.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from device_drivers.errors import CommandRefused, Silent, UnexpectedReply

Reply = TypeVar("Reply")
SILENCES = 2


class Beside(Generic[Reply]):
    """The questions beside, of one connection."""

    def __init__(self, ask: Callable[[str], Reply]) -> None:
        self._ask = ask
        self._silent_to: set[str] = set()

    def look(self) -> Callable[[str], Reply | None]:
        """Return how one look asks: a reply, or None for what the codec refuses, answers unreadably or is silent to."""
        silences = 0

        def ask(path: str) -> Reply | None:
            nonlocal silences
            if silences == SILENCES or path in self._silent_to:
                return None
            try:
                reply = self._ask(path)
            except Silent:
                silences += 1
                self._silent_to.add(path)
                return None
            except (CommandRefused, UnexpectedReply):
                silences = 0
                return None
            silences = 0
            return reply

        return ask
