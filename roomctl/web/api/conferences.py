"""Conferences: asked for, read, cancelled."""

import secrets
from datetime import timedelta

from flask import Blueprint, url_for
from pydantic import Field

from roomctl import clock, timespan
from roomctl.booking.agenda import conference_seen_by, conferences_near
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.request import request_conference
from roomctl.booking.week import state_of
from roomctl.booking.wish import MOST_ROOMS, Wish, span_problems
from roomctl.errors import InvalidInput, Problem
from roomctl.organisation.tables import user_by_username
from roomctl.security_profiles.tables import current_profiles
from roomctl.sessions.roster import roster_of
from roomctl.sessions.tables import sessions_of
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import Id, Input, Line, Moment, operation

bp = Blueprint("conferences", __name__, url_prefix="/conferences")
LONGEST_AGENDA = timedelta(days=31)


class AgendaWanted(Input):
    start: Moment
    end: Moment = Field(description="At most 31 days behind the start.")


class NewConference(Input):
    """What is asked for; texts are trimmed, and from mật up only a code name is taken."""

    start: Moment
    end: Moment = Field(description="At most 7 days behind the start.")
    rooms: list[Id] = Field(min_length=1, max_length=MOST_ROOMS)
    host_room: Id | None = Field(None, description="One of the rooms; the first when it is not given.")
    chair: Line = Field(description="The sign-in name of somebody with the role of chair.")
    profile: Line = Field(description="The key of a security profile.")
    title: Line = ""
    code_name: Line = ""
    on_behalf_of: Line = ""
    attendees: Line = ""
    contact_name: Line = ""
    contact_phone: Line = ""


class Once(Input):
    """Sent again with the same key by the same person, a request leads to what it made the first time."""

    key: str | None = Field(None, alias="Idempotency-Key", min_length=1, max_length=64, pattern=r"^[!-~]+$")


class Cancellation(Input):
    reason: Line = ""


@bp.get("")
@operation("The conferences of a time that concern the token's person: in their unit's rooms and below, and their own",
           answer=models.Agenda, query=AgendaWanted, refusals=(422,))
def index(query: AgendaWanted) -> models.Agenda:
    span = timespan.Span(query.start, query.end)
    if span.end <= span.start:
        raise InvalidInput(span_problems(span))
    if span.length > LONGEST_AGENDA:
        raise InvalidInput([Problem("end", "longer_than_a_month")])
    return models.Agenda(items=[models.seen(view) for _, view in conferences_near(signed_in(), span)])


@bp.post("")
@operation("Ask for a conference: all its rooms or none", answer=models.Conference, status=201, body=NewConference, headers=Once,
           refusals=(409, 422))
def create(body: NewConference, headers: Once) -> models.Conference:
    chair = user_by_username(body.chair.strip().lower())
    profile = next((row for row in current_profiles() if row.key == body.profile), None)
    wish = Wish(span=timespan.Span(body.start, body.end), room_ids=tuple(body.rooms), host_room_id=body.host_room or body.rooms[0],
                chair_id=chair.id if chair else 0, profile_id=profile.id if profile else 0, title=body.title, code_name=body.code_name,
                on_behalf_of=body.on_behalf_of, attendees=body.attendees, contact_name=body.contact_name, contact_phone=body.contact_phone)
    return _as_document(request_conference(wish, by=signed_in(), key=headers.key or secrets.token_urlsafe(16)))


@bp.get("/<int:conference_id>")
@operation("One conference, for those who may know it in full", answer=models.Conference, refusals=(404,))
def show(conference_id: int) -> models.Conference:
    return _as_document(conference_id)


@bp.post("/<int:conference_id>/cancellation")
@operation("Cancel a conference and release its rooms", answer=models.Conference, body=Cancellation, refusals=(404, 409, 422))
def cancel(conference_id: int, body: Cancellation) -> models.Conference:
    cancel_conference(conference_id, by=signed_in(), reason=body.reason)
    return _as_document(conference_id)


@bp.get("/<int:conference_id>/sessions")
@operation("The sessions of a conference, first to last", answer=models.Sessions, refusals=(404,))
def sessions(conference_id: int) -> models.Sessions:
    occurrence, _ = conference_seen_by(signed_in(), conference_id)
    now = clock.now()
    return models.Sessions(items=[models.Session.of(row, roster_of(row, now=now)) for row in sessions_of(occurrence.id)])


def _as_document(conference_id: int) -> models.Conference:
    occurrence, shown = conference_seen_by(signed_in(), conference_id)
    conference = occurrence.conference
    return models.Conference(
        url=url_for("api.conferences.show", conference_id=conference_id), state=state_of(occurrence, clock.now()),
        conference=models.seen(shown), host_room=conference.host_room_id, profile=conference.profile.key,
        profile_version=conference.profile.version, reservations=[models.Reservation.of(one) for one in occurrence.reservations])
