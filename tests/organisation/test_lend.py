"""An approver lends their role for a time, and no further than that."""

from datetime import timedelta

import pytest
from builders import Place, a_person, fresh, hash_quickly
from sqlalchemy import select

from roomctl.audit.tables import TrailEntry
from roomctl.booking import decide
from roomctl.database import db
from roomctl.errors import InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation import directory, lend
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import RoleGrant, people_with_role_on


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@pytest.fixture
def place(app_on, set_clock) -> Place:
    return Place()


@pytest.fixture
def deputy(place):
    return a_person(place.province, Role.STAFF, name="Phó phòng")


def lent(place, deputy, set_clock, *, days: float = 7, after: float = 0, by=None) -> int:
    start = set_clock.at + timedelta(days=after)
    return lend.lend_role(place.province.id, to=deputy.username, from_at=start, until_at=start + timedelta(days=days),
                          by=by or place.province_approver)


def waiting(place, **facts) -> int:
    place.book(room_ids=(place.room.id,), host_room_id=place.room.id, **facts)
    return decide.queue_of(fresh(place.province_approver))[0].id


def kinds() -> list[str]:
    return list(db.session.scalars(select(TrailEntry.kind).order_by(TrailEntry.id)))


def test_who_was_lent_the_role_decides_and_the_lender_does_still(place, deputy, set_clock):
    first = waiting(place)
    lent(place, deputy, set_clock)

    decide.grant_reservation(first, by=fresh(deputy))

    assert kinds().count("role_lent") == 1
    assert {user.id for user in people_with_role_on(Role.APPROVER, place.province.path)} == {place.province_approver.id, deputy.id}


@pytest.mark.parametrize("when", ["before", "after"])
def test_outside_the_time_nothing_is_decided(place, deputy, set_clock, when):
    lent(place, deputy, set_clock, after=1, days=1)
    asked = waiting(place)
    set_clock.forward(days=0.5 if when == "before" else 0)
    if when == "after":
        db.session.rollback()
        grant = db.session.scalar(select(RoleGrant).where(RoleGrant.lent_by.is_not(None)))
        grant.valid_from_at, grant.valid_until_at = set_clock.at - timedelta(days=2), set_clock.at
        db.session.commit()

    with pytest.raises(NotVisible):
        decide.grant_reservation(asked, by=fresh(deputy))


def test_nobody_decides_on_their_own_request_under_a_lent_role_either(place, set_clock):
    deputy = a_person(place.centre, Role.STAFF)
    lent(place, deputy, set_clock)
    asked = waiting(place, by=deputy)

    with pytest.raises(Refused, match="own_request"):
        decide.grant_reservation(asked, by=fresh(deputy))


def test_what_was_lent_is_not_lent_on(place, deputy, set_clock):
    lent(place, deputy, set_clock)
    third = a_person(place.province)

    with pytest.raises(Refused, match="lent_role_not_lent_on"):
        lent(place, third, set_clock, by=fresh(deputy))


@pytest.mark.parametrize("who", ["centre_approver", "other_approver", "clerk", "administrator"])
def test_nobody_lends_the_role_of_a_unit_they_do_not_decide_for(place, deputy, set_clock, who):
    with pytest.raises(NotAllowed):
        lent(place, deputy, set_clock, by=getattr(place, who))


@pytest.mark.parametrize(("facts", "reason"), [({"days": 61}, "lent_too_long"), ({"days": 0}, "lent_until_not_after_from"),
                                               ({"days": 1, "after": -3}, "lent_in_the_past")])
def test_times_that_make_no_sense_are_named(place, deputy, set_clock, facts, reason):
    with pytest.raises(InvalidInput) as refused:
        lent(place, deputy, set_clock, **facts)

    assert [one.reason for one in refused.value.problems] == [reason]


def test_sixty_days_are_not_too_long(place, deputy, set_clock):
    assert lent(place, deputy, set_clock, days=60)


@pytest.mark.parametrize("name", ["", "nobody", "a\x00b", "x" * 5000])
def test_a_person_who_is_not_there_is_named(place, set_clock, name):
    with pytest.raises(InvalidInput) as refused:
        lend.lend_role(place.province.id, to=name, from_at=set_clock.at, until_at=set_clock.at + timedelta(days=1), by=place.province_approver)

    assert [one.reason for one in refused.value.problems] == ["unknown_username"]


def test_not_to_oneself_and_not_to_somebody_who_approves_there_already(place, set_clock):
    colleague = a_person(place.province, Role.APPROVER)

    with pytest.raises(Refused, match="lend_to_self"):
        lent(place, place.province_approver, set_clock)
    with pytest.raises(Refused, match="already_approver"):
        lent(place, colleague, set_clock)


def test_the_same_form_sent_twice_lends_once(place, deputy, set_clock):
    assert lent(place, deputy, set_clock) == lent(place, deputy, set_clock)
    assert kinds().count("role_lent") == 1


@pytest.mark.parametrize("who", ["lender", "deputy"])
def test_it_ends_early_by_either_of_the_two_and_once(place, deputy, set_clock, who):
    grant_id, asked = lent(place, deputy, set_clock), waiting(place)
    by = place.province_approver if who == "lender" else deputy

    lend.take_back(grant_id, by=by)
    lend.take_back(grant_id, by=by)

    with pytest.raises(NotVisible):
        decide.grant_reservation(asked, by=fresh(deputy))
    assert kinds().count("role_lent_back") == 1


def test_nobody_else_ends_it_and_no_other_role_is_ended_so(place, deputy, set_clock):
    grant_id = lent(place, deputy, set_clock)

    with pytest.raises(NotVisible):
        lend.take_back(grant_id, by=place.other_approver)
    with pytest.raises(NotVisible):
        lend.take_back(place.province_approver.grants[0].id, by=place.province_approver)


def test_with_the_lenders_own_role_what_they_lent_ends(place, deputy, set_clock):
    lent(place, deputy, set_clock)

    directory.revoke_role(place.province_approver.grants[0].id, by=None)

    assert Role.APPROVER not in {grant.role for grant in fresh(deputy).standing_grants()}


def test_who_is_lent_the_role_is_told_by_whom_and_until_when(place, deputy, set_clock):
    lent(place, deputy, set_clock)

    notice = db.session.scalar(select(Notice).where(Notice.user_id == deputy.id))
    assert (notice.kind, notice.reason.split("\n")) == ("role_lent", [place.province.name, place.province_approver.name, "08:00 01/03/2027",
                                                                      "08:00 08/03/2027"])
