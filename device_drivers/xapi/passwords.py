"""Commands that carry passwords: what goes wrong is told without them.  Pure.

A device may repeat what it was sent.  Its reason is passed on only where no part of a password is in it, and a reply that cannot be
read never is.
"""

from device_drivers.errors import CommandRefused, DeviceError, UnexpectedReply

PART = 4  # So many letters of a password in a row give it away.
HIDDEN = "(not shown: it may hold a password)"


class Password(str):
    """A value that goes into a command line and nowhere else."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(HIDDEN)


def without(error: CommandRefused | UnexpectedReply, *passwords: str) -> DeviceError:
    """Return the error anew: the same question, and no word of the device's that could hold one of the passwords."""
    if isinstance(error, UnexpectedReply):
        return UnexpectedReply(asked=error.asked, got=HIDDEN)
    return CommandRefused(asked=error.asked, reason=HIDDEN if any(_is_in(error.reason, one) for one in passwords) else error.reason)


def _is_in(text: str, password: str) -> bool:
    size = min(PART, len(password))
    folded = text.casefold()
    return bool(size) and any(password[start : start + size].casefold() in folded for start in range(len(password) - size + 1))
