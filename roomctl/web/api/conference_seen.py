"""A conference as it is answered to whoever may know it in full."""

from flask import url_for

from roomctl import clock
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import occurrences_by_ids
from roomctl.booking.visibility import Full, view
from roomctl.booking.week import state_of
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import read_anew


def conference_as_seen(conference_id: int, occurrence_id: int | None = None) -> models.Conference:
    """Return a conference on one of its dates, the next one where none is named; raise NotVisible.

    Of the other dates those are told that the token's person may know in full: a chair of one date may know that one only.
    """
    read_anew()
    user, now = signed_in(), clock.now()
    occurrence, shown = conference_seen_by(user, conference_id, occurrence_id)
    conference, viewer = occurrence.conference, viewer_of(user)
    dates = sorted(occurrences_by_ids([one.id for one in conference.occurrences]).values(), key=lambda one: (one.planned_start_at, one.id))
    return models.Conference(
        url=url_for("api.conferences.show", conference_id=conference_id), state=state_of(occurrence, now), conference=models.seen(shown),
        host_room=conference.host_room_id, profile=conference.profile.key, profile_version=conference.profile.version,
        mandatory=conference.mandatory_at is not None, rule=conference.rule,
        reservations=[models.Reservation.of(one) for one in occurrence.reservations],
        dates=[models.OccurrenceDate(occurrence=one.id, start=one.planned_start_at, end=one.planned_end_at, state=state_of(one, now),
                                     left_out=one.left_out) for one in dates if isinstance(view(one.facts(), viewer), Full)])
