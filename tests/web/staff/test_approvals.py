"""The approver's queue."""

import pytest
from builders import a_person, a_room

from roomctl.booking import decide, tables
from roomctl.organisation.roles import Role
from web.browser import Page

QUEUE = "/staff/approvals"


@pytest.fixture
def waiting(place):
    """Return the reservation of the province's room, which waits for its approver."""
    place.book()
    return decide.queue_of(place.province_approver)[0].id


def state_of(reservation_id: int) -> str:
    return tables.reservation_for_update(reservation_id).state


def test_an_approver_sees_what_waits_for_their_unit(place, waiting, signed_in):
    page = signed_in(place.province_approver).page(QUEUE)

    assert "Giao ban tuần" in page.text
    assert f"{QUEUE}/{waiting}/grant" in page.actions


def test_an_approver_of_another_unit_sees_nothing_of_it(place, waiting, signed_in):
    assert "Giao ban tuần" not in signed_in(place.other_approver).page(QUEUE).text


def test_a_room_is_granted_with_one_press(place, waiting, signed_in):
    answer = signed_in(place.province_approver).send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (303, "granted")


def test_a_room_is_refused_with_a_reason_that_the_organizer_reads(place, waiting, signed_in):
    signed_in(place.province_approver).send(f"{QUEUE}/{waiting}/refusal", {"reason": "Phòng đang sửa"}, page=QUEUE)

    assert state_of(waiting) == "refused"
    assert "Phòng đang sửa" in signed_in(place.clerk).page("/staff/notices").text


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("typed", "reason", "facts"), [("  ", "reason_missing", {}), ("x" * 301, "text_too_long", {"limit": 300}),
                                                        ("a\x07", "text_control", {})])
def test_a_reason_that_cannot_be_kept_is_asked_for_again(place, waiting, signed_in, sentence, typed, reason, facts, language):
    answer = signed_in(place.province_approver, language).send(f"{QUEUE}/{waiting}/refusal", {"reason": typed}, page=QUEUE)

    page = Page(answer.text)
    assert (answer.status_code, state_of(waiting)) == (422, "requested")
    assert sentence(reason, language, **facts) in page.text
    assert page.value("reason") == typed


@pytest.mark.parametrize("what", ["grant", "refusal"])
def test_the_room_of_another_unit_is_not_theirs_and_the_try_is_recorded(place, waiting, signed_in, counted, what):
    answer = signed_in(place.other_approver).send(f"{QUEUE}/{waiting}/{what}", {"reason": "x"}, page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (403, "requested")
    assert counted(f"trail_entries WHERE kind = 'access_refused' AND subject = 'reservation:{waiting}'") == 1


def test_an_approver_of_the_unit_above_does_not_decide_for_the_unit_below(place, waiting, signed_in):
    answer = signed_in(place.centre_approver).send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (403, "requested")


def test_a_clerk_decides_on_nothing(place, waiting, signed_in):
    answer = signed_in(place.clerk).send(f"{QUEUE}/{waiting}/grant")

    assert (answer.status_code, state_of(waiting)) == (403, "requested")


def test_nobody_decides_on_their_own_request(place, signed_in, sentence):
    both = a_person(place.province, Role.STAFF, Role.APPROVER)
    room = a_room(place.province, open_to="nobody")
    place.book(by=both, room_ids=(room.id,), host_room_id=room.id)
    reservation = decide.queue_of(place.province_approver)[0].id

    client = signed_in(both)
    answer = client.send(f"{QUEUE}/{reservation}/grant", page=QUEUE)

    assert (answer.status_code, state_of(reservation)) == (422, "requested")
    assert sentence("own_request") in Page(answer.text).text
    assert f"{QUEUE}/{reservation}/grant" not in client.page(QUEUE).actions


def test_deciding_twice_is_told_and_done_once(place, waiting, signed_in, sentence):
    client = signed_in(place.province_approver)
    client.send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    answer = client.send(f"{QUEUE}/{waiting}/refusal", {"reason": "Muộn"}, page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (409, "granted")
    assert sentence("already_decided") in Page(answer.text).text


def test_a_reservation_that_is_not_there_is_not_found(place, signed_in):
    assert signed_in(place.province_approver).send(f"{QUEUE}/999/grant", page=QUEUE).status_code == 404


def test_a_conference_that_is_over_is_not_decided_any_more(place, waiting, signed_in, set_clock, sentence):
    set_clock.forward(days=2)

    answer = signed_in(place.province_approver).send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    assert answer.status_code == 422
    assert sentence("conference_over") in Page(answer.text).text
