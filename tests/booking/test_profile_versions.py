"""A booked conference keeps its version of a profile; a newer one is a notice and an explicit switch."""

from dataclasses import replace

import pytest
from builders import Place, a_person, a_profile, a_span
from sqlalchemy import select

from roomctl.booking import profile_versions
from roomctl.booking.tables import conference_by_id
from roomctl.database import db
from roomctl.errors import NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation.roles import Role
from roomctl.security_profiles.catalogue import terms_of
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import SecurityProfile


@pytest.fixture
def place(app_on, set_clock, furnished) -> Place:
    """The place that the SQLite file comes with; on PostgreSQL a fresh one."""
    if db.engine.dialect.name == "postgresql":
        return Place()
    place = object.__new__(Place)
    vars(place).update({name: db.session.get_one(kind, row_id) for name, (kind, row_id) in furnished.rows.items()})
    return place


@pytest.fixture
def profile(place) -> SecurityProfile:
    return a_profile(Classification.INTERNAL)


def renew(place, profile, *, by=None, **terms) -> SecurityProfile:
    return profile_versions.renew_profile(profile.key, replace(terms_of(profile), **{"check_interval_s": 60, **terms}),
                                          seen_version=profile.version, by=by or place.officer)


def pinned_of(conference_id: int) -> int:
    db.session.expire_all()
    return conference_by_id(conference_id).profile.version


def test_a_booked_conference_keeps_its_version_and_its_organizer_is_told(place, profile):
    conference_id = place.book(profile_id=profile.id)

    renew(place, profile)

    notice, = db.session.scalars(select(Notice).where(Notice.kind == "profile_renewed"))
    assert (pinned_of(conference_id), notice.user_id, notice.reason) == (1, place.clerk.id, "2")


def test_who_holds_on_to_what_is_counted(place, profile, set_clock):
    place.book(profile_id=profile.id)
    place.book(profile_id=profile.id, span=a_span("2027-03-03T01:00"))
    newer = renew(place, profile)
    place.book(profile_id=newer.id, span=a_span("2027-03-04T01:00"))

    assert [(one.version, one.conferences) for one in profile_versions.pinned_versions(profile.key)] == [(2, 1), (1, 2)]
    set_clock.forward(days=2, hours=2)
    assert [(one.version, one.conferences) for one in profile_versions.pinned_versions(profile.key)] == [(2, 1)]


def test_the_organizer_switches_and_all_rooms_wait_for_their_decision_again(place, profile):
    conference_id = place.book(profile_id=profile.id)
    renew(place, profile)

    profile_versions.switch_profile(conference_id, version=2, by=place.clerk)

    assert pinned_of(conference_id) == 2
    room = next(one for one in conference_by_id(conference_id).occurrences[0].reservations if one.room_id == place.room.id)
    assert (room.state, room.change) == ("requested", "profile")


@pytest.mark.parametrize(("who", "error"), [("province_approver", NotAllowed), ("stranger", NotVisible), ("officer", NotVisible)])
def test_nobody_else_switches(place, profile, who, error):
    conference_id = place.book(profile_id=profile.id)
    renew(place, profile)

    with pytest.raises(error):
        profile_versions.switch_profile(conference_id, version=2, by=getattr(place, who))
    assert pinned_of(conference_id) == 1


def test_a_switch_to_a_version_that_is_not_the_newest_any_more_is_refused(place, profile):
    conference_id = place.book(profile_id=profile.id)
    second = renew(place, profile)
    renew(place, second, check_interval_s=90)

    with pytest.raises(Refused, match="profile_moved_on"):
        profile_versions.switch_profile(conference_id, version=2, by=place.clerk)


def test_a_conference_that_has_begun_is_not_switched(place, profile, set_clock):
    conference_id = place.book(profile_id=profile.id)
    renew(place, profile)
    set_clock.forward(hours=25)

    assert profile_versions.newer_profile_for(conference_by_id(conference_id)) is None


@pytest.mark.parametrize("who", ["technician", "administrator", "clerk"])
def test_only_a_security_officer_adds_a_version(place, profile, who):
    with pytest.raises(NotAllowed):
        renew(place, profile, by=getattr(place, who))


def test_an_officer_of_one_province_does_not_change_a_profile_that_counts_everywhere(place, profile):
    with pytest.raises(NotAllowed):
        renew(place, profile, by=a_person(place.province, Role.AUDITOR))
