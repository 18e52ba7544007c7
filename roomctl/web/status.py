"""Which HTTP status an error is."""

from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotSignedIn, NotVisible, Refused, RoomctlError, Throttled


def status_of(error: RoomctlError) -> int:
    """Return the HTTP status of an error."""
    match error:
        case NotSignedIn():
            return 401
        case NotVisible():
            return 404
        case NotAllowed():
            return 403
        case Throttled():
            return 429
        case Conflict():
            return 409
        case InvalidInput() | Refused():
            return 422
    return 500
