"""Dividing a series: its later dates become a series of their own, because they are to be different from now on."""

import secrets
from datetime import datetime

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import invite, tables
from roomctl.booking.recurrence import rule_for
from roomctl.booking.scope import place_of
from roomctl.database import db
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.tables import User
from roomctl.timespan import to_local

_OWN = {"id", "uid", "sequence", "wall_start", "divided_from_id", "created_at"}  # What the new series does not take over.


def divide(series: tables.Conference, first: datetime, *, by: User) -> tables.Conference:
    """Return a new series with the dates of `series` from the one at `first` on, inside the caller's transaction.

    Reservations, and what was decided on them, go with their dates; whoever is invited is invited to both.
    """
    facts = {column.name: getattr(series, column.name) for column in tables.Conference.__table__.columns if column.name not in _OWN}
    later = tables.Conference(uid=f"{secrets.token_hex(16)}@roomctl", divided_from_id=series.id, created_at=clock.now(),
                              wall_start=f"{to_local(first):%Y-%m-%dT%H:%M}", **facts)
    later.invitations = [tables.Invitation(user_id=one.user_id, answer=one.answer, answered_at=one.answered_at, note=one.note, added_at=one.added_at)
                         for one in series.invitations]
    db.session.add(later)
    for occurrence in [one for one in series.occurrences if place_of(one) >= first]:
        occurrence.conference = later
    for part in (series, later):
        part.rule = rule_for(part.rule, [to_local(place_of(one)).replace(tzinfo=None) for one in part.occurrences])
    series.sequence += 1
    db.session.flush()
    rooms = [{held.room_id for held in one.reservations} for one in later.occurrences if not one.left_out]
    on_all, on_some = set.intersection(*rooms), set.union(*rooms)
    trail.append(EventKind.SERIES_DIVIDED, actor=by.id, subject=later.ref, unit=later.unit_id, classification=later.classification,
                 divided_from=series.id, rooms=sorted(on_all), some_dates=sorted(on_some - on_all), occurrences=[one.id for one in later.occurrences])
    invite.tell_attendees(NoticeKind.INVITATION_CHANGED, series, by=by.id)
    return later
