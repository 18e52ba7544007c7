"""Finding a time at which all are free, and going on to book it."""

import pytest
from builders import a_profile, a_span

from roomctl.rooms.groups import save_group
from roomctl.security_profiles.profile import Classification
from web.browser import BOOKING, Page, booking

TIMES = "/staff/times"


@pytest.fixture
def clerk(place, signed_in):
    return signed_in(place.clerk)


def asked(place, **typed) -> dict:
    return {"rooms": [str(place.hall.id), str(place.room.id)], "host_room": str(place.hall.id), "chair": str(place.chair.id), "length": "60",
            "day": "02/03/2027", "find_times": "1", **typed}


def carried(html: str, place: int = 0) -> dict[str, list[str]]:
    """Return what the form beside one of the times that were found sends to the booking form."""
    form = html.split(f'action="{BOOKING}"')[place + 1].split("</form>")[0]
    fields: dict[str, list[str]] = {}
    for one in Page(f"<form>{form.partition('>')[2]}</form>").named("input", type="hidden"):
        fields.setdefault(one["name"], []).append(one["value"])
    return {**fields, "show": ["time"]}


def test_the_next_times_at_which_all_are_free_are_listed(place, clerk):
    place.book(span=a_span("2027-03-02T00:00", 60))

    page = Page(clerk.send(TIMES, asked(place), page=TIMES).text)

    assert "Thứ Ba 02/03/2027, 08:00–09:00" in page.text
    assert "07:00–08:00" not in page.text.split("Thứ Tư")[0]


def test_a_near_miss_names_the_room_that_is_missing(place, clerk):
    place.book(span=a_span("2027-03-02T00:00", 24 * 60), room_ids=(place.room.id,), host_room_id=place.room.id)

    page = Page(clerk.send(TIMES, asked(place, chair=""), page=TIMES).text)  # The chair would be busy too.

    assert f"Không được: {place.room.name}" in page.text


def test_a_time_that_was_found_leads_to_the_booking_form_with_all_that_was_typed(place, clerk):
    found = clerk.send(TIMES, {**booking(place, attendees="Toàn thể"), **asked(place)}, page=TIMES)

    page = Page(clerk.send(BOOKING, carried(found.text), page=TIMES).text)

    assert [page.value(name) for name in ("day", "start", "end", "title")] == ["02/03/2027", "07:00", "08:00", "Giao ban tuần"]
    assert {one["value"] for one in page.named("input", type="checkbox", name="rooms") if "checked" in one} == set(asked(place)["rooms"])
    assert "Toàn thể" in page.text


def test_a_near_miss_leads_to_the_booking_form_without_the_rooms_that_miss(place, clerk):
    place.book(span=a_span("2027-03-02T00:00", 7 * 24 * 60), room_ids=(place.room.id,), host_room_id=place.room.id)
    place.book(span=a_span("2027-03-09T00:00", 7 * 24 * 60), room_ids=(place.room.id,), host_room_id=place.room.id)

    found = clerk.send(TIMES, asked(place, chair=""), page=TIMES)

    assert carried(found.text)["rooms"] == [str(place.hall.id)]


def test_a_title_typed_at_mat_is_not_carried(place, clerk):
    secret = a_profile(Classification.CONFIDENTIAL)

    answer = clerk.send(TIMES, {**booking(place, profile=str(secret.id), title="Chuyện mật", attendees="Ai đó"), **asked(place)}, page=TIMES)

    assert answer.status_code == 200
    assert not any(words in answer.text for words in ("Chuyện mật", "Ai đó"))


def test_the_length_comes_from_the_booking_form_when_it_has_one(place, clerk):
    form = booking(place, start="08:00", end="09:30")
    del form["book"]

    page = Page(clerk.send(TIMES, form, page=TIMES).text)

    assert page.value("length") == "90"
    assert "07:00–08:30" in page.text


def test_a_saved_group_is_answered_at_once(place, clerk):
    group_id = save_group("Giao ban", [place.hall.id, place.room.id], by=place.clerk)

    page = clerk.page(TIMES, query_string={"group": group_id, "day": "02/03/2027"})

    assert "Thứ Ba 02/03/2027, 07:00–08:00" in page.text


def test_a_button_of_the_chooser_asks_for_no_time_yet(place, clerk):
    answer = clerk.send(TIMES, {"find": "1", "words": "dak lak"}, page=TIMES)

    assert answer.status_code == 200
    assert "Tất cả đều rảnh" not in answer.text


@pytest.mark.parametrize(("typed", "reason", "facts"), [
    ({"length": "5"}, "bad_length", {"least": 15, "most": 660}), ({"length": "900"}, "bad_length", {"least": 15, "most": 660}),
    ({"length": "x"}, "bad_number", {}), ({"day": "hôm nay"}, "bad_date", {}), ({"rooms": []}, "no_rooms", {}),
    ({"rooms": [str(number) for number in range(1, 4002)]}, "too_many_rooms", {"limit": 4000})])
def test_a_bad_question_gets_its_sentence(place, clerk, sentence, typed, reason, facts):
    answer = clerk.send(TIMES, asked(place, **typed), page=TIMES)

    assert answer.status_code == 422
    assert sentence(reason, **facts) in Page(answer.text).text


def test_whose_conference_keeps_a_room_or_a_chair_busy_is_not_told(place, signed_in):
    place.book(title="Chuyện riêng", profile_id=a_profile(Classification.INTERNAL).id)

    assert "Chuyện riêng" not in signed_in(place.stranger).send(TIMES, asked(place), page=TIMES).text
