"""The page on which a conference is made mandatory, and names what it displaces."""

import pytest
from builders import a_person, a_profile

from roomctl.booking import mandatory, tables
from roomctl.database import db, write_transaction
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import Page

PAGE, QUEUE = "/staff/mandatory", "/staff/approvals"


@pytest.fixture
def local(place) -> int:
    """A conference of the province in its own room, tomorrow at 08:00; its reservation's id."""
    place.province_clerk = a_person(place.province, Role.STAFF)
    conference = place.book(by=place.province_clerk, room_ids=(place.room.id,), host_room_id=place.room.id, title="Giao ban tỉnh")
    return tables.conference_by_id(conference).occurrences[0].reservations[0].id


@pytest.fixture
def wanting(place, local) -> int:
    """A conference of the centre that waits for the province's room; returns its id."""
    return place.book(wait_for=frozenset({place.room.id}))


def occurrence_of(conference_id: int) -> int:
    return tables.conference_by_id(conference_id).occurrences[0].id


def state_of(reservation_id: int) -> str:
    db.session.rollback()
    return tables.reservation_for_update(reservation_id).state


def test_an_approver_of_the_hosts_unit_finds_the_conference_from_their_queue_and_makes_it_mandatory(place, signed_in, counted):
    conference = place.book()
    client = signed_in(place.centre_approver)

    assert f"{PAGE}/{conference}" in client.page(QUEUE).links
    answer = client.send(f"{PAGE}/{conference}/marking", page=f"{PAGE}/{conference}")

    assert answer.status_code == 303
    assert counted("reservations WHERE decided_rule = 'mandatory'") == 1
    assert f"{PAGE}/{conference}/marking" not in client.page(f"{PAGE}/{conference}").actions


@pytest.mark.parametrize(("who", "status"), [("province_approver", 403), ("other_approver", 404), ("clerk", 403), ("chair", 403)])
def test_nobody_else_sees_the_page_or_marks(place, signed_in, who, status):
    conference = place.book()
    client = signed_in(getattr(place, who))

    assert client.get(f"{PAGE}/{conference}").status_code == status
    assert client.send(f"{PAGE}/{conference}/marking").status_code == status


def test_an_approver_who_is_the_organizer_is_told_that_another_decides(place, signed_in, sentence):
    both = a_person(place.centre, Role.STAFF, Role.APPROVER)
    conference = place.book(by=both)
    client = signed_in(both)

    assert f"{PAGE}/{conference}/marking" not in client.page(f"{PAGE}/{conference}").actions
    answer = client.send(f"{PAGE}/{conference}/marking", page=f"{PAGE}/{conference}")

    assert (answer.status_code, sentence("own_request") in Page(answer.text).text) == (422, True)


def test_who_holds_a_missing_room_is_named_and_displaced_for_a_reason(place, local, wanting, signed_in):
    mandatory.make_mandatory(wanting, by=place.centre_approver)
    client, path = signed_in(place.centre_approver), f"{PAGE}/{wanting}/occurrences/{occurrence_of(wanting)}/displacement"
    page = client.page(f"{PAGE}/{wanting}")

    answer = client.send(path, {"ids": str(local), "reason": "Họp khẩn"}, page=f"{PAGE}/{wanting}")

    assert [one["value"] for one in page.named("input", name="ids")] == [str(local)]
    assert (answer.status_code, state_of(local)) == (303, "displaced")
    notices = signed_in(place.province_clerk).page("/staff/notices").text
    assert ("Họp khẩn" in notices, "Giao ban tỉnh" in notices, "Giao ban tuần" in notices) == (True, True, False)


def test_a_restricted_local_conference_is_shown_as_busy(place, signed_in):
    profile = a_profile(Classification.INTERNAL)
    clerk = a_person(place.province, Role.STAFF)
    place.book(by=clerk, room_ids=(place.room.id,), host_room_id=place.room.id, profile_id=profile.id, title="Kiểm điểm cán bộ")
    wanting = place.book(wait_for=frozenset({place.room.id}))
    mandatory.make_mandatory(wanting, by=place.centre_approver)

    text = signed_in(place.centre_approver).page(f"{PAGE}/{wanting}").text

    assert ("Kiểm điểm" in text, "Bận" in text) == (False, True)


@pytest.mark.parametrize(("form", "reason"), [({"reason": "x"}, "nothing_chosen"), ({"ids": "1", "reason": " "}, "reason_missing")])
def test_nothing_named_and_no_reason_are_asked_for_again(place, local, wanting, signed_in, sentence, form, reason):
    mandatory.make_mandatory(wanting, by=place.centre_approver)

    answer = signed_in(place.centre_approver).send(f"{PAGE}/{wanting}/occurrences/{occurrence_of(wanting)}/displacement", form,
                                                   page=f"{PAGE}/{wanting}")

    assert (answer.status_code, state_of(local)) == (422, "granted")
    assert sentence(reason) in Page(answer.text).text


def test_what_may_not_be_displaced_cannot_be_ticked_and_is_refused(place, local, wanting, signed_in, sentence):
    mandatory.make_mandatory(wanting, by=place.centre_approver)
    with write_transaction():
        conference = tables.reservation_for_update(local).occurrence.conference
        conference.mandatory_at = conference.created_at
    client = signed_in(place.centre_approver)

    assert client.page(f"{PAGE}/{wanting}").named("input", name="ids") == []
    answer = client.send(f"{PAGE}/{wanting}/occurrences/{occurrence_of(wanting)}/displacement", {"ids": str(local), "reason": "x"},
                         page=f"{PAGE}/{wanting}")

    assert (answer.status_code, sentence("displace_mandatory") in Page(answer.text).text) == (422, True)
