"""Which booked conferences a version of a security profile counts for, and how they come to a newer one.

A version is pinned when a conference is booked and stays: a newer one is a notice to the organizer, and an explicit switch.
"""

from dataclasses import dataclass

from roomctl import clock
from roomctl.booking import tables
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.profile_tables import conferences_under
from roomctl.database import write_transaction
from roomctl.errors import Conflict
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.security_profiles import catalogue
from roomctl.security_profiles.catalogue import Terms
from roomctl.security_profiles.tables import SecurityProfile, newer_than


@dataclass(frozen=True, slots=True)
class Pinned:
    """How many conferences that have not begun are booked under a version."""

    version: int
    conferences: int


def pinned_versions(key: str) -> list[Pinned]:
    """Return how many conferences to come hold on to which version of a profile, the newest first."""
    counted: dict[int, int] = {}
    for booked in conferences_under(key, clock.now()):
        counted[booked.version] = counted.get(booked.version, 0) + 1
    return [Pinned(version, counted[version]) for version in sorted(counted, reverse=True)]


def renew_profile(key: str, terms: Terms, *, seen_version: int, by: User) -> SecurityProfile:
    """Add a version of a profile and tell the organizers of the conferences that keep an older one.

    Raises NotVisible, NotAllowed, InvalidInput, and Conflict: profile_moved_on, profile_unchanged.
    """
    catalogue.require_keeper(by)
    terms = catalogue.checked_terms(key, terms)
    with write_transaction():
        catalogue.require_keeper(by)
        row = catalogue.renew_within(key, terms, seen_version=seen_version, by=by)
        for booked in conferences_under(key, clock.now()):
            outbox.enqueue(NoticeKind.PROFILE_RENEWED, to=[booked.organizer_id], conference_id=booked.conference_id,
                           occurrence_id=booked.occurrence_id, reason=str(row.version))
    return row


def newer_profile_for(conference: tables.Conference) -> SecurityProfile | None:
    """Return the newer version that a conference could be switched to; None when it has the newest, or has no date left to come."""
    now = clock.now()
    ahead = any(one.cancelled_at is None and one.actual_start_at is None and one.planned_start_at > now for one in conference.occurrences)
    return newer_than(conference.profile) if ahead and conference.cancelled_at is None else None


def switch_profile(conference_id: int, *, version: int, by: User) -> int:
    """Switch a conference to the version that was shown, and return the id under which its dates to come are found from now on.

    Its rooms wait for their decision again (booking rule 7).

    Raises NotVisible, NotAllowed, what amending raises, and Conflict("profile_moved_on") when that is not the newest any more.
    """
    conference = conference_seen_by(by, conference_id)[0].conference
    access.require(by, Action.AMEND_CONFERENCE, conference)
    newer = newer_profile_for(conference)
    if newer is None or newer.version != version:
        raise Conflict("profile_moved_on", version=newer.version if newer else conference.profile.version)
    return amend_conference(conference_id, Amendment(profile_id=newer.id), by=by)
