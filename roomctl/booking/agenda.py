"""Which conferences a person comes upon, and as much of each as they may know."""

from roomctl import clock
from roomctl.booking import tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.viewed import note_view
from roomctl.booking.visibility import Full, View, view
from roomctl.errors import NotVisible
from roomctl.organisation.tables import User
from roomctl.timespan import Span


def conference_seen_by(user: User, conference_id: int, occurrence_id: int | None = None) -> tuple[tables.Occurrence, Full]:
    """Return a date of a conference and what `user` may know of it; raise NotVisible where that is only "busy".

    This is the door to one conference in full: who passes it to one that is classified is noted.

    Without an `occurrence_id` it is the date that comes next, or the last one.
    """
    conference = tables.conference_by_id(conference_id)
    if conference is None or not conference.occurrences:
        raise NotVisible
    wanted = occurrence_id or _next_of(conference.occurrences).id
    occurrence = tables.occurrence_by_id(wanted)
    if occurrence is None or occurrence.conference_id != conference_id:
        raise NotVisible
    shown = view(occurrence.facts(), viewer_of(user))
    if not isinstance(shown, Full):
        raise NotVisible
    note_view(user.id, shown, where="conference")
    return occurrence, shown


def _next_of(occurrences: list[tables.Occurrence]) -> tables.Occurrence:
    now = clock.now()
    standing = [one for one in occurrences if one.cancelled_at is None]
    return next((one for one in standing if one.planned_end_at > now), None) or next(iter(reversed(standing)), occurrences[0])


def conferences_near(user: User, span: Span) -> list[tuple[tables.Occurrence, View]]:
    """Return the standing occurrences within `span` that concern `user`, in order of time.

    Those are the ones in the rooms of their unit and below, and the ones they organize or chair; cancelled ones are left out.
    """
    viewer, found = viewer_of(user), []
    for occurrence in tables.occurrences_between(span):
        mine = user.id in (occurrence.conference.organizer_id, occurrence.leader_id)
        near = any(one.room.unit.path.startswith(user.unit.path) for one in occurrence.standing)
        if occurrence.cancelled_at is None and (mine or near):
            found.append((occurrence, view(occurrence.facts(), viewer)))
    return found
