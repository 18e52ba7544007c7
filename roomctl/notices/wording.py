"""What a notice can be about.  The sentences are the pages' (`templates/notices/`).  Pure."""

from enum import StrEnum


class NoticeKind(StrEnum):
    DECISION_WANTED = "decision_wanted"
    RESERVATION_GRANTED = "reservation_granted"
    RESERVATION_REFUSED = "reservation_refused"
    CONFERENCE_CANCELLED = "conference_cancelled"
    PIN_CLOSED = "pin_closed"
    SESSION_NOT_SECURE = "session_not_secure"
    INVITED = "invited"
    INVITATION_CHANGED = "invitation_changed"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
