"""Saved groups of rooms: on their page, and where rooms are chosen."""

import pytest
from builders import a_person, fresh

from roomctl.organisation.roles import Role
from roomctl.rooms.groups import groups_for, save_group
from web.browser import BOOKING, BOOKING_FORM, Page, booking

GROUPS = "/staff/groups"


@pytest.fixture
def clerk(place, signed_in):
    return signed_in(place.clerk)


def ticked(page: Page) -> set[str]:
    return {one["value"] for one in page.named("input", type="checkbox", name="rooms") if "checked" in one}


def saved(place, **facts) -> int:
    return save_group("Giao ban", [place.hall.id, place.other_room.id], by=place.clerk, **facts)


def test_the_chosen_rooms_are_saved_while_booking_and_nothing_typed_is_lost(place, clerk):
    form = booking(place, save_group="1", group_name=" Giao ban  thứ Ba ")
    del form["book"]

    pages = [Page(clerk.send(BOOKING, form, page=BOOKING_FORM).text) for _ in range(2)]

    assert [group.name for group in groups_for(fresh(place.clerk))] == ["Giao ban thứ Ba"]
    assert all("Đã lưu nhóm" in page.text for page in pages)
    assert (pages[0].value("title"), ticked(pages[0])) == ("Giao ban tuần", set(form["rooms"]))


def test_a_group_without_a_name_is_not_saved_and_the_field_says_so(place, clerk, sentence):
    page = Page(clerk.send(BOOKING, booking(place, save_group="1", group_name=""), page=BOOKING_FORM).text)

    assert sentence("group_name_missing") in page.text
    assert groups_for(fresh(place.clerk)) == []


def test_an_address_never_saves_a_group(place, clerk):
    clerk.get(BOOKING_FORM, query_string={"save_group": "1", "group_name": "Lén", "rooms": place.hall.id})

    assert groups_for(fresh(place.clerk)) == []


def test_a_groups_rooms_are_added_to_those_that_are_chosen(place, clerk):
    group_id = saved(place)

    page = Page(clerk.send(BOOKING, {"rooms": [str(place.room.id)], "group": str(group_id), "add": "group"}, page=BOOKING_FORM).text)

    assert ticked(page) == {str(one.id) for one in (place.hall, place.room, place.other_room)}


def test_the_page_leads_to_the_booking_form_with_the_groups_rooms(place, clerk):
    group_id = saved(place)

    page = clerk.page(GROUPS)
    link = next(link for link in page.links if BOOKING_FORM in link and str(group_id) in link)

    assert {str(place.hall.id), str(place.other_room.id)} <= ticked(clerk.page(link))


def test_somebody_elses_group_adds_nothing(place, signed_in, sentence):
    group_id = saved(place)

    page = Page(signed_in(place.stranger).send(BOOKING, {"group": str(group_id), "add": "group"}, page=BOOKING_FORM).text)

    assert ticked(page) == set()
    assert sentence("unknown_group") in page.text


def test_a_group_is_renamed_and_shared_with_the_unit(place, clerk, signed_in):
    colleague = signed_in(a_person(place.centre, Role.STAFF))
    group_id = saved(place)
    before = "Giao ban" in colleague.page(GROUPS).text

    answer = clerk.send(f"{GROUPS}/{group_id}", {"group_name": "Giao ban thứ Tư", "shared": "1"}, page=GROUPS)

    page = colleague.page(GROUPS)
    assert (answer.status_code, before) == (303, False)
    assert "Giao ban thứ Tư" in page.text
    assert not any(f"{GROUPS}/{group_id}" in action for action in page.actions)


def test_a_bad_name_gets_its_sentence_beside_the_field(place, clerk, sentence):
    group_id = saved(place)

    answer = clerk.send(f"{GROUPS}/{group_id}", {"group_name": ""}, page=GROUPS)

    assert answer.status_code == 422
    assert sentence("group_name_missing") in Page(answer.text).text


def test_a_group_is_deleted_by_its_owner_only(place, clerk, signed_in):
    group_id = saved(place, shared=True)
    colleague = signed_in(a_person(place.centre, Role.STAFF))

    answers = [client.send(f"{GROUPS}/{group_id}/deletion", page=GROUPS).status_code for client in (colleague, clerk, clerk)]

    assert answers == [404, 303, 303]
    assert "Chưa có nhóm nào" in clerk.page(GROUPS).text
