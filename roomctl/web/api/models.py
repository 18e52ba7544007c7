"""What the API gives: values made from views and rows, never the rows themselves.

Moments are RFC 3339 in UTC.  `url` is the address of the thing itself.
"""

from datetime import datetime
from typing import Annotated, Literal

from flask import url_for
from pydantic import BaseModel, Field

from roomctl import timespan
from roomctl.booking import availability, tables
from roomctl.booking import dates as booking_dates
from roomctl.booking.lifecycle import LeftOut, OccurrenceState, ReservationState
from roomctl.booking.visibility import Busy as BusyView
from roomctl.booking.visibility import CodeName as CodeNameView
from roomctl.booking.visibility import Full as FullView
from roomctl.booking.visibility import View
from roomctl.organisation import tables as organisation
from roomctl.organisation.units import Level
from roomctl.rooms import tables as rooms
from roomctl.rooms.suitability import Kind, Reason
from roomctl.security_profiles import tables as profiles
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import roster as session_roster
from roomctl.sessions.states import SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.web.words import room_reason


class Unit(BaseModel):
    url: str
    id: int
    code: str
    name: str
    level: Level
    parent: int | None

    @classmethod
    def of(cls, unit: organisation.Unit) -> "Unit":
        return cls(url=url_for("api.units.show", unit_id=unit.id), id=unit.id, code=unit.code, name=unit.name, level=Level(unit.level),
                   parent=unit.parent_id)


class Units(BaseModel):
    items: list[Unit]
    next: int | None = Field(description="The `after` of the next page; null on the last.")


class Room(BaseModel):
    url: str
    id: int
    code: str
    name: str
    unit: int
    unit_name: str
    seats: int
    equipment: list[str]
    timezone: str
    support_phone: str

    @classmethod
    def of(cls, room: rooms.Room) -> "Room":
        return cls(url=url_for("api.rooms.show", room_id=room.id), id=room.id, code=room.code, name=room.name, unit=room.unit_id,
                   unit_name=room.unit.name, seats=room.seats, equipment=room.equipment.split(), timezone=room.timezone,
                   support_phone=room.support_phone)


class Rooms(BaseModel):
    items: list[Room]
    next: int | None = Field(description="The `after` of the next page; null on the last.")


class Span(BaseModel):
    """Half-open: the end is the first moment that is free again."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, span: timespan.Span) -> "Span":
        return cls(start=span.start, end=span.end)


class Full(BaseModel):
    """A conference the token's person may know in full; from mật up the title is the code name, since nothing else is stored."""

    kind: Literal["full"] = "full"
    conference: int
    occurrence: int
    start: datetime
    end: datetime
    title: str
    classification: Classification
    chair: str
    organizer: str
    on_behalf_of: str
    attendees: str
    contact: str
    sites: list[str]


class CodeName(BaseModel):
    """For the security officer: which conference it is, not what it is about."""

    kind: Literal["code_name"] = "code_name"
    conference: int
    occurrence: int
    start: datetime
    end: datetime
    code_name: str
    classification: Classification


class Busy(BaseModel):
    """The time is taken, and nothing more may be known."""

    kind: Literal["busy"] = "busy"
    start: datetime
    end: datetime


Seen = Annotated[Full | CodeName | Busy, Field(discriminator="kind")]


def seen(view: View) -> Full | CodeName | Busy:
    """Return a view as JSON; the three kinds of view are all there is."""
    match view:
        case FullView():
            return Full(conference=view.conference_id, occurrence=view.occurrence_id, start=view.span.start, end=view.span.end,
                        title=view.title, classification=view.classification, chair=view.chair, organizer=view.organizer,
                        on_behalf_of=view.on_behalf_of, attendees=view.attendees, contact=view.contact, sites=list(view.sites))
        case CodeNameView():
            return CodeName(conference=view.conference_id, occurrence=view.occurrence_id, start=view.span.start, end=view.span.end,
                            code_name=view.code_name, classification=view.classification)
        case BusyView():
            return Busy(start=view.span.start, end=view.span.end)


class Clash(BaseModel):
    with_: Seen = Field(serialization_alias="with")
    only_buffer: bool = Field(description="The shown times do not meet, only setup or teardown do.")


class RoomReason(BaseModel):
    """What a room asks that the time does not meet, though nobody holds it."""

    kind: Kind
    sentence: str = Field(description="The same for people, in the language that was asked for.")

    @classmethod
    def of(cls, reason: Reason) -> "RoomReason":
        return cls(kind=reason.kind, sentence=room_reason(reason))


class RoomAnswer(BaseModel):
    """Free, or why not."""

    room: int
    name: str
    free: bool
    clashes: list[Clash]
    reasons: list[RoomReason]
    note: str = Field(description='What does not block but should be known: "no_codec", "codec_fault", or nothing.')

    @classmethod
    def of(cls, answer: availability.RoomAnswer) -> "RoomAnswer":
        return cls(room=answer.room.id, name=answer.room.name, free=answer.is_free, note=answer.note,
                   clashes=[Clash(with_=seen(one.view), only_buffer=one.only_buffer) for one in answer.clashes],
                   reasons=[RoomReason.of(one) for one in answer.reasons])


class RoomAnswers(BaseModel):
    items: list[RoomAnswer]
    next: int | None = Field(description="The `after` of the next page; null on the last.")


class Date(BaseModel):
    """One date that was asked for, and which of the rooms stand in its way."""

    slot: datetime = Field(description="Where the series puts it; it takes place at `start`, which a day off may have moved.")
    start: datetime
    end: datetime
    left_out: LeftOut
    held: bool = Field(description="It would be booked, its taken rooms waited for where that was asked.")
    taken: list[RoomAnswer]

    @classmethod
    def of(cls, date: booking_dates.Dated) -> "Date":
        return cls(slot=date.slot_at, start=date.span.start, end=date.span.end, left_out=date.left_out, held=date.is_held,
                   taken=[RoomAnswer.of(one) for one in date.taken])


class Dates(BaseModel):
    items: list[Date]


class Profile(BaseModel):
    key: str
    version: int
    name_vi: str
    name_en: str
    classification: Classification

    @classmethod
    def of(cls, row: profiles.SecurityProfile) -> "Profile":
        return cls(key=row.key, version=row.version, name_vi=row.name_vi, name_en=row.name_en,
                   classification=Classification(row.classification))


class Profiles(BaseModel):
    items: list[Profile]


class Reservation(BaseModel):
    """A room held, or once asked for, for a conference."""

    id: int
    room: int
    room_name: str
    state: ReservationState
    deciding_unit: int
    deadline: datetime = Field(description="Until when the deciding unit is asked.")
    decided: datetime | None
    rule: str = Field(description="The rule under which it was granted at once, or nothing.")
    reason: str = Field(description="Why it was refused, or nothing.")
    required: bool = Field(description="Without this room the conference needs attention.")
    replaces: int | None = Field(description="The reservation that could not be had and that this one stands in for.")
    contact_name: str
    contact_phone: str

    @classmethod
    def of(cls, row: tables.Reservation) -> "Reservation":
        return cls(id=row.id, room=row.room_id, room_name=row.room.name, state=ReservationState(row.state),
                   deciding_unit=row.deciding_unit_id, deadline=row.deadline_at, decided=row.decided_at, rule=row.decided_rule,
                   reason=row.reason, required=row.required, replaces=row.replaces_id, contact_name=row.contact_name,
                   contact_phone=row.contact_phone)


class OccurrenceDate(BaseModel):
    """One date of a conference; one that was left out was never booked, and can be added."""

    occurrence: int
    start: datetime
    end: datetime
    state: OccurrenceState
    left_out: LeftOut


class Conference(BaseModel):
    """A conference on one of its dates: `conference`, `state` and `reservations` are of that one, `dates` are all of them."""

    url: str
    state: OccurrenceState
    conference: Full
    host_room: int
    profile: str
    profile_version: int
    mandatory: bool
    rule: str = Field(description="Of a series: its RRULE, or nothing when it is only its dates.")
    reservations: list[Reservation]
    dates: list[OccurrenceDate]


class Agenda(BaseModel):
    """Conferences in order of their start; those that are only busy carry no id."""

    items: list[Seen]


class Leg(BaseModel):
    """One room in a session, as a screen would show it now: only `proven` may ever look secure."""

    id: int
    room: str
    unit: str
    host: bool
    shown: str
    verdict: Verdict
    grade: str
    suite: str
    finding: str
    since: datetime
    checked: datetime | None = Field(description="When it was last read back; null when never.")


class Session(BaseModel):
    url: str
    id: int
    occurrence: int
    number: int
    state: SessionState
    verdict: Verdict
    secure_now: bool = Field(description="Live, every leg proven and freshly read, and nobody unexpected on the bridge.")
    simulated: bool
    started: datetime
    live: datetime | None
    ended: datetime | None
    legs: list[Leg]

    @classmethod
    def of(cls, row, shown: session_roster.Roster) -> "Session":
        legs = [Leg(id=line.leg_id, room=line.room, unit=line.unit, host=line.is_host, shown=line.shown, verdict=line.verdict,
                    grade=line.grade, suite=line.suite, finding=line.finding, since=line.since, checked=line.checked_at)
                for line in shown.lines]
        return cls(url=url_for("api.sessions.show", session_id=row.id), id=row.id, occurrence=row.occurrence_id, number=row.number,
                   state=shown.state, verdict=shown.verdict, secure_now=shown.secure_now, simulated=shown.simulated,
                   started=row.started_at, live=row.live_at, ended=row.ended_at, legs=legs)


class Sessions(BaseModel):
    items: list[Session]
