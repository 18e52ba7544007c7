"""Conferences: asked for once or as a series, read, changed, cancelled."""

from datetime import timedelta

from flask import Blueprint, url_for
from pydantic import BaseModel, Field

from roomctl import clock, timespan
from roomctl.booking.agenda import conference_seen_by, conferences_near
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.dates import dates_answered
from roomctl.booking.lifecycle import OnDayOff
from roomctl.booking.recurrence import MOST_DATES, Recurrence
from roomctl.booking.request import request_conference
from roomctl.booking.scope import Scope
from roomctl.booking.series import add_date
from roomctl.booking.wish import MOST_ROOMS, Take, Wish, room_problems, span_problems
from roomctl.errors import InvalidInput, Problem
from roomctl.rooms.tables import rooms_by_id
from roomctl.security_profiles.tables import current_profiles
from roomctl.sessions.roster import roster_of
from roomctl.sessions.tables import sessions_of
from roomctl.web.access import signed_in
from roomctl.web.api import models, people
from roomctl.web.api.conference_seen import conference_as_seen
from roomctl.web.api.operation import Day, Id, Input, Line, Moment, Once, operation

bp = Blueprint("conferences", __name__, url_prefix="/conferences")
LONGEST_AGENDA = timedelta(days=31)
MOST_INVITED = 500


class AgendaWanted(Input):
    start: Moment
    end: Moment = Field(description="At most 31 days behind the start.")


class Series(Input):
    """How a conference repeats: by a rule that ends, or on days picked by hand; its first date is always one of them."""

    rule: Line = Field("", description="An RRULE (RFC 5545) of days, weeks, months or years, with COUNT or UNTIL: at most 400 dates in 2 years.")
    days: list[Day] = Field(default_factory=list, max_length=MOST_DATES)
    on_day_off: OnDayOff = OnDayOff.KEEP

    def recurrence(self) -> Recurrence:
        if bool(self.rule.strip()) == bool(self.days):
            raise InvalidInput([Problem("recurrence", "rule_or_days")])
        return Recurrence(rule=self.rule.strip(), days=tuple(self.days), on_day_off=self.on_day_off)


class Site(Input):
    """Who is there in one of the rooms."""

    room: Id
    name: Line = ""
    phone: Line = ""


class DatesWanted(Input):
    start: Moment
    end: Moment = Field(description="At most 7 days behind the start.")
    rooms: list[Id] = Field(min_length=1, max_length=MOST_ROOMS)
    recurrence: Series | None = None
    wait_for: list[Id] = Field(default_factory=list, max_length=MOST_ROOMS, description="Of the rooms, those to wait for where they are taken.")

    def span(self) -> timespan.Span:
        return timespan.Span(self.start, self.end)


class NewConference(DatesWanted):
    """What is asked for; texts are trimmed, and from mật up only a code name is taken."""

    host_room: Id | None = Field(None, description="One of the rooms; the first when it is not given.")
    chair: Line = Field(description="The sign-in name of somebody with the role of chair.")
    profile: Line = Field(description="The key of a security profile.")
    title: Line = ""
    code_name: Line = ""
    on_behalf_of: Line = ""
    attendees: Line = ""
    contact_name: Line = ""
    contact_phone: Line = ""
    take: Take = Field(Take.NONE, description="Of a series, which dates are booked when rooms are taken on some: the free ones, or none at all.")
    optional: list[Id] = Field(default_factory=list, max_length=MOST_ROOMS, description="Of the rooms, those that the conference can do without.")
    invited: list[Line] = Field(default_factory=list, max_length=MOST_INVITED, description="Sign-in names.")
    contacts: list[Site] = Field(default_factory=list, max_length=MOST_ROOMS)


class DateWanted(Input):
    occurrence: Id | None = Field(None, description="Which date; the next one when it is not given.")


class Changes(DateWanted):
    """What is to be different; what is not given stays.  `start` and `end` are of the date that is named, and go together."""

    scope: Scope = Field(Scope.ALL, description="Of a series: this date, this and the following ones, or all that have not begun.")
    start: Moment | None = None
    end: Moment | None = None
    rooms: list[Id] | None = Field(None, min_length=1, max_length=MOST_ROOMS)
    host_room: Id | None = None
    chair: Line | None = None
    profile: Line | None = None
    title: Line | None = None
    code_name: Line | None = None
    on_behalf_of: Line | None = None
    attendees: Line | None = None
    contact_name: Line | None = None
    contact_phone: Line | None = None
    contacts: list[Site] | None = Field(None, max_length=MOST_ROOMS)

    def amendment(self) -> Amendment:
        if (self.start is None) != (self.end is None):
            raise InvalidInput([Problem("end" if self.end is None else "start", "start_and_end_together")])
        texts = {name: getattr(self, name) for name in ("title", "code_name", "on_behalf_of", "attendees", "contact_name", "contact_phone")}
        return Amendment(
            span=timespan.Span(self.start, self.end) if self.start and self.end else None,
            chair_id=people.id_of(self.chair) if self.chair is not None else None,
            profile_id=_profile_id(self.profile) if self.profile is not None else None, host_room_id=self.host_room,
            room_ids=tuple(self.rooms) if self.rooms is not None else None,
            contacts=_contacts(self.contacts) if self.contacts is not None else None, **texts)


class Changed(BaseModel):
    """Where the changed dates are found: a series that is changed from some date on is divided, and its later part is another conference."""

    url: str
    conference: int


class Cancellation(DateWanted):
    reason: Line = ""
    scope: Scope = Field(Scope.ALL, description="Of a series: this date, this and the following ones, or all that have not begun.")


class AddedDay(Input):
    day: Day


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
@operation("Ask for a conference, once or on many dates: all its rooms or none", answer=models.Conference, status=201, body=NewConference,
           headers=Once, refusals=(409, 422))
def create(body: NewConference, headers: Once) -> models.Conference:
    wish = Wish(span=body.span(), room_ids=tuple(body.rooms), host_room_id=body.host_room or body.rooms[0], chair_id=people.id_of(body.chair),
                profile_id=_profile_id(body.profile), title=body.title, code_name=body.code_name, on_behalf_of=body.on_behalf_of,
                attendees=body.attendees, contact_name=body.contact_name, contact_phone=body.contact_phone,
                recurrence=body.recurrence.recurrence() if body.recurrence else None, take=body.take, wait_for=frozenset(body.wait_for),
                optional=frozenset(body.optional), invited_ids=people.ids_of(body.invited), contacts=_contacts(body.contacts))
    return conference_as_seen(request_conference(wish, by=signed_in(), key=headers.key_or_fresh()))


def _profile_id(key: str) -> int:
    return next((row.id for row in current_profiles() if row.key == key), 0)


def _contacts(sites: list[Site]) -> dict[int, tuple[str, str]]:
    return {site.room: (site.name, site.phone) for site in sites}


@bp.post("/preview")
@operation("The dates that would be booked, and what is taken on each; nothing is stored", answer=models.Dates, body=DatesWanted)
def preview(body: DatesWanted) -> models.Dates:
    problems = span_problems(body.span()) or room_problems(tuple(body.rooms), body.rooms[0], is_series=body.recurrence is not None)
    rooms = rooms_by_id(body.rooms)
    if not problems and not set(body.rooms) == set(rooms) >= set(body.wait_for):
        problems = [Problem("rooms", "unknown_room")]
    if problems:
        raise InvalidInput(problems)
    wish = Wish(span=body.span(), room_ids=tuple(body.rooms), host_room_id=body.rooms[0], chair_id=people.NOBODY, profile_id=0,
                recurrence=body.recurrence.recurrence() if body.recurrence else None, wait_for=frozenset(body.wait_for))
    found = dates_answered(wish, [rooms[room_id] for room_id in body.rooms], by=signed_in())
    return models.Dates(items=[models.Date.of(one) for one in found])


@bp.get("/<int:conference_id>")
@operation("One conference, for those who may know it in full", answer=models.Conference, query=DateWanted, refusals=(404,))
def show(conference_id: int, query: DateWanted) -> models.Conference:
    return conference_as_seen(conference_id, query.occurrence)


@bp.post("/<int:conference_id>/changes")
@operation("Change a conference: what changes enough is asked of its rooms' approvers again", answer=Changed, body=Changes, refusals=(404, 409))
def amend(conference_id: int, body: Changes) -> Changed:
    changed_id = amend_conference(conference_id, body.amendment(), scope=body.scope, occurrence_id=body.occurrence, by=signed_in())
    return Changed(url=url_for("api.conferences.show", conference_id=changed_id), conference=changed_id)


@bp.post("/<int:conference_id>/cancellation")
@operation("Cancel a conference or dates of it, and release the rooms", answer=models.Conference, body=Cancellation, refusals=(404, 409, 422))
def cancel(conference_id: int, body: Cancellation) -> models.Conference:
    cancel_conference(conference_id, by=signed_in(), reason=body.reason, scope=body.scope, occurrence_id=body.occurrence)
    return conference_as_seen(conference_id, body.occurrence)


@bp.post("/<int:conference_id>/dates")
@operation("Add a date to a series: one that was left out, or another", answer=models.Conference, status=201, body=AddedDay, refusals=(404, 409))
def add_day(conference_id: int, body: AddedDay) -> models.Conference:
    return conference_as_seen(conference_id, add_date(conference_id, body.day, by=signed_in()))


@bp.get("/<int:conference_id>/sessions")
@operation("The sessions of a conference, first to last", answer=models.Sessions, query=DateWanted, refusals=(404,))
def sessions(conference_id: int, query: DateWanted) -> models.Sessions:
    occurrence, _ = conference_seen_by(signed_in(), conference_id, query.occurrence)
    now = clock.now()
    return models.Sessions(items=[models.Session.of(row, roster_of(row, now=now)) for row in sessions_of(occurrence.id)])
