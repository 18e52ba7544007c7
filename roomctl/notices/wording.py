"""What a notice can be about.  The sentences are the pages' (`templates/notices/`).  Pure."""

from enum import StrEnum


class NoticeKind(StrEnum):
    DECISION_WANTED = "decision_wanted"
    RESERVATION_GRANTED = "reservation_granted"
    RESERVATION_REFUSED = "reservation_refused"
    DECISION_UNDONE = "decision_undone"
    DECISION_OVERDUE = "decision_overdue"
    REQUEST_LAPSED = "request_lapsed"
    PLACE_CAME_FREE = "place_came_free"
    GIVEN_TO_ANOTHER = "given_to_another"
    MADE_MANDATORY = "made_mandatory"
    CANNOT_SERVE = "cannot_serve"
    DISPLACED = "displaced"
    ROLE_LENT = "role_lent"
    ROLE_LENT_BACK = "role_lent_back"
    CONFERENCE_CANCELLED = "conference_cancelled"
    PIN_CLOSED = "pin_closed"
    ROOM_IN_MAINTENANCE = "room_in_maintenance"
    SESSION_NOT_SECURE = "session_not_secure"
    INVITED = "invited"
    INVITATION_CHANGED = "invitation_changed"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    INVITATION_ANSWERED = "invitation_answered"
    REMINDER = "reminder"
