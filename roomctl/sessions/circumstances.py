"""What belongs to a session's evidence besides what devices said: overrides, attestations, the chair's messages, the roll, the time."""

from typing import Any

from roomctl.audit import trail
from roomctl.organisation.tables import user_by_id
from roomctl.rooms.tables import room_by_id
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair_tables, override_tables, tables
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
        "messages": _messages(session), "roll_calls": _roll_calls(session),
    }


def _messages(session: tables.ConferenceSession) -> list[dict[str, Any]]:
    """Return the chair's messages, the first one first; of what is restricted not the words, since an officer need not know them."""
    hidden = Classification(session.profile.classification).is_restricted
    return [{"message": message.id, "sent_at": trail.iso(message.sent_at), "sent_by": _name(message.sent_by),
             "text": None if hidden else message.text, "deliveries": [{"leg": one.leg_id, "state": one.state} for one in deliveries]}
            for message, deliveries in reversed(chair_tables.messages_of(session.id))]


def _roll_calls(session: tables.ConferenceSession) -> list[dict[str, Any]]:
    """Return the roll calls without the words beside the answers: those belong to the minutes."""
    return [{"number": call.number, "called_at": trail.iso(call.called_at), "called_by": _name(call.called_by),
             "marks": [{"leg": mark.leg_id, "shown": mark.shown, "answer": mark.answer} for mark in marks]}
            for call, marks in chair_tables.roll_calls_of(session.id)]


def _name(user_id: int | None) -> str | None:
    user = user_by_id(user_id) if user_id else None
    return user.name if user is not None else None


def override_as_plain(override: Override) -> dict[str, Any]:
    """Return an override as JSON values: who, when, why, what it accepts, and whether it was used."""
    moment = lambda at: trail.iso(at) if at else None  # noqa: E731
    room = room_by_id(override.asked_from_room_id) if override.asked_from_room_id else None
    return {"override": override.id, "leg": override.leg_id, "decision": override.decision, "finding": override.finding, "detail": override.detail,
            "accepts": override.accepts, "reason": override.reason, "asked_by": _name(override.asked_by), "asked_by_id": override.asked_by,
            "asked_from": room.name if room is not None else None, "asked_at": moment(override.asked_at),
            "decided_by": _name(override.decided_by), "decided_by_id": override.decided_by, "decided_at": moment(override.decided_at),
            "decision_reason": override.decision_reason, "used_at": moment(override.used_at), "ended_at": moment(override.ended_at),
            "ended_why": override.ended_why}
