"""Bringing in the conferences of a calendar file: all of them or none."""

from flask import Blueprint, url_for
from pydantic import BaseModel, Field

from roomctl.booking.wish import MOST_ROOMS
from roomctl.calendars.bring_in import bring_in
from roomctl.calendars.lines import MOST_BYTES
from roomctl.calendars.outcome import Brought, Choices, Done
from roomctl.security_profiles.tables import current_profiles
from roomctl.web.access import signed_in
from roomctl.web.api import models, people
from roomctl.web.api.operation import Id, Input, Line, operation
from roomctl.web.words import FILE_WARNING, say

bp = Blueprint("imports", __name__, url_prefix="/imports")


class CalendarFile(Input):
    """A calendar file, and what it does not say of itself, for all its conferences."""

    text: str = Field(max_length=MOST_BYTES, description="The file (RFC 5545), at most 1 MB; UTF-8 once it is out of the JSON.")
    rooms: list[Id] = Field(min_length=1, max_length=MOST_ROOMS)
    host_room: Id | None = Field(None, description="One of the rooms; the first when it is not given.")
    chair: Line = Field(description="The sign-in name of somebody with the role of chair.")
    profile: Line = Field(description="The key of a security profile, below mật: a file tells titles.")
    only_try: bool = Field(False, description="Say what would be done, and store nothing.")


class BroughtIn(BaseModel):
    """What was done with one conference of the file, or would be."""

    done: Done
    title: str
    line: int
    dates: list[models.Span] = Field(description="Those that lie ahead.")
    url: str = Field(description="Of the conference; empty where there is none, or nothing was stored.")

    @classmethod
    def of(cls, one: Brought, *, stored: bool) -> "BroughtIn":
        known = one.conference_id is not None and (stored or one.done is not Done.CREATED)
        return cls(done=one.done, title=one.title, line=one.line, dates=[models.Span.of(span) for span in one.dates],
                   url=url_for("api.conferences.show", conference_id=one.conference_id) if known else "")


class LeftOut(BaseModel):
    """Something of the file that was not taken; the rest was."""

    reason: str
    sentence: str
    line: int
    uid: str


class Outcome(BaseModel):
    stored: bool
    items: list[BroughtIn]
    left_out: list[LeftOut]


@bp.post("")
@operation("Bring a calendar file in; sent again it changes nothing, since each conference is known by its UID", answer=Outcome,
           body=CalendarFile, refusals=(409,))
def create(body: CalendarFile) -> Outcome:
    profile = next((row.id for row in current_profiles() if row.key == body.profile), 0)
    choices = Choices(tuple(body.rooms), body.host_room or body.rooms[0], people.id_of(body.chair), profile)
    outcome = bring_in(body.text.encode(), choices, by=signed_in(), only_try=body.only_try)
    return Outcome(stored=not body.only_try, items=[BroughtIn.of(one, stored=not body.only_try) for one in outcome.brought],
                   left_out=[LeftOut(reason=one.reason, sentence=say(FILE_WARNING, one.reason), line=one.line, uid=one.uid)
                             for one in outcome.warnings])
