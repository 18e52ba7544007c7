"""Which role may do what.  One table, pure; the access tests are generated from it.

A role is granted on a unit and covers its subtree.  Relations belong to one thing: the organizer and the chair
of this conference, and nobody else's.
"""

from enum import StrEnum


class Role(StrEnum):
    STAFF = "staff"
    APPROVER = "approver"
    TECHNICIAN = "technician"
    CHAIR = "chair"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Relation(StrEnum):
    ORGANIZER = "organizer"
    CHAIR = "chair"


class Action(StrEnum):
    SEE_WEEK = "see_week"
    REQUEST_CONFERENCE = "request_conference"
    CANCEL_CONFERENCE = "cancel_conference"
    AMEND_CONFERENCE = "amend_conference"
    INVITE = "invite"
    RENEW_PIN = "renew_pin"
    KEEP_DOCUMENTS = "keep_documents"
    SEE_QUEUE = "see_queue"
    DECIDE = "decide"
    MARK_MANDATORY = "mark_mandatory"
    DISPLACE = "displace"
    LEND_ROLE = "lend_role"
    REPLACE_ROOM = "replace_room"
    START_SESSION = "start_session"
    LEAD_SESSION = "lead_session"
    SEE_DEVICES = "see_devices"
    PIN_HOST_KEY = "pin_host_key"
    PAIR_PANEL = "pair_panel"
    GRANT_ROLE = "grant_role"
    KEEP_UNITS = "keep_units"
    KEEP_PEOPLE = "keep_people"
    KEEP_ROOMS = "keep_rooms"
    KEEP_MAINTENANCE = "keep_maintenance"
    KEEP_DEVICES = "keep_devices"
    READ_TRAIL = "read_trail"
    SEE_EVIDENCE = "see_evidence"
    DECIDE_OVERRIDE = "decide_override"
    KEEP_PROFILES = "keep_profiles"
    ATTEST = "attest"
    ATTEST_LINE = "attest_line"
    PUBLISH_WEEK = "publish_week"
    SEE_REPORTS = "see_reports"
    KEEP_DAYS_OFF = "keep_days_off"
    HANDLE_ALERTS = "handle_alerts"
    KEEP_ROTA = "keep_rota"
    ORDER_DEVICES = "order_devices"
    TAKE_MINUTES = "take_minutes"


ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.STAFF: frozenset({Action.SEE_WEEK, Action.PUBLISH_WEEK, Action.SEE_REPORTS, Action.REQUEST_CONFERENCE}),
    Role.APPROVER: frozenset({Action.SEE_WEEK, Action.PUBLISH_WEEK, Action.SEE_REPORTS, Action.SEE_QUEUE, Action.DECIDE,
                              Action.MARK_MANDATORY, Action.DISPLACE, Action.LEND_ROLE}),
    Role.TECHNICIAN: frozenset({Action.SEE_WEEK, Action.SEE_DEVICES, Action.PIN_HOST_KEY, Action.KEEP_MAINTENANCE, Action.HANDLE_ALERTS,
                                Action.KEEP_ROTA, Action.ORDER_DEVICES, Action.ATTEST}),
    Role.CHAIR: frozenset({Action.SEE_WEEK}),
    Role.AUDITOR: frozenset({Action.SEE_WEEK, Action.READ_TRAIL, Action.SEE_EVIDENCE, Action.DECIDE_OVERRIDE,
                             Action.KEEP_PROFILES, Action.ATTEST, Action.ATTEST_LINE}),
    Role.ADMINISTRATOR: frozenset({Action.SEE_WEEK, Action.SEE_DEVICES, Action.PAIR_PANEL, Action.GRANT_ROLE, Action.KEEP_UNITS,
                                   Action.KEEP_PEOPLE, Action.KEEP_ROOMS, Action.KEEP_MAINTENANCE, Action.KEEP_DEVICES, Action.KEEP_DAYS_OFF,
                                   Action.SEE_REPORTS}),
}

RELATION_ACTIONS: dict[Relation, frozenset[Action]] = {
    Relation.ORGANIZER: frozenset({Action.CANCEL_CONFERENCE, Action.INVITE, Action.AMEND_CONFERENCE, Action.REPLACE_ROOM, Action.RENEW_PIN,
                                   Action.KEEP_DOCUMENTS, Action.TAKE_MINUTES}),
    Relation.CHAIR: frozenset({Action.CANCEL_CONFERENCE, Action.INVITE, Action.AMEND_CONFERENCE, Action.RENEW_PIN, Action.KEEP_DOCUMENTS,
                               Action.TAKE_MINUTES, Action.START_SESSION, Action.LEAD_SESSION}),
}

# Decided by the unit's own approvers, not by those of the units above it (design, booking rule 5); and a unit's schedule is published
# by its own people.
EXACT_UNIT: frozenset[Action] = frozenset({Action.DECIDE, Action.PUBLISH_WEEK, Action.MARK_MANDATORY, Action.DISPLACE, Action.LEND_ROLE})


def roles_for(action: Action) -> frozenset[Role]:
    """Return the roles whose table row holds `action`."""
    return frozenset(role for role, actions in ROLE_ACTIONS.items() if action in actions)
