"""What belongs to a session's evidence besides what devices said: overrides, attestations, and whether the time is to be trusted."""

from typing import Any

from roomctl.audit import trail
from roomctl.organisation.tables import user_by_id
from roomctl.rooms.tables import room_by_id
from roomctl.sessions import override_tables, tables
from roomctl.sessions.attest import attestations_of
from roomctl.sessions.override_tables import Override
from roomctl.sessions.timekeeping import clock_of


def circumstances_of(session: tables.ConferenceSession) -> dict[str, Any]:
    """Return them as JSON values, for the sealed summary and for the officer's page."""
    return {
        "overridable": session.profile.overridable, "required_attestations": dict(session.profile.attestations),
        "lacking": {str(leg.id): leg.lacks for leg in session.legs if leg.lacks},
        "overrides": [override_as_plain(one) for one in override_tables.overrides_of(session.id)],
        "attestations": attestations_of(session), "clock": clock_of(session),
    }


def override_as_plain(override: Override) -> dict[str, Any]:
    """Return an override as JSON values: who, when, why, what it accepts, and whether it was used."""
    moment = lambda at: trail.iso(at) if at else None  # noqa: E731
    name = lambda user_id: user.name if user_id and (user := user_by_id(user_id)) is not None else None  # noqa: E731
    room = room_by_id(override.asked_from_room_id) if override.asked_from_room_id else None
    return {"override": override.id, "leg": override.leg_id, "decision": override.decision, "finding": override.finding, "detail": override.detail,
            "accepts": override.accepts, "reason": override.reason, "asked_by": name(override.asked_by), "asked_by_id": override.asked_by,
            "asked_from": room.name if room is not None else None, "asked_at": moment(override.asked_at),
            "decided_by": name(override.decided_by), "decided_by_id": override.decided_by, "decided_at": moment(override.decided_at),
            "decision_reason": override.decision_reason, "used_at": moment(override.used_at), "ended_at": moment(override.ended_at),
            "ended_why": override.ended_why}
