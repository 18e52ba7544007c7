"""Finding a room."""

from datetime import date

import pytest
from builders import a_room, a_span, a_unit

from roomctl.database import db, write_transaction
from roomctl.rooms.suitability import EQUIPMENT, Kind, Reason
from roomctl.rooms.tables import Room
from roomctl.web import words
from web.browser import Page, read_in

ROOMS = "/staff/rooms"


@pytest.fixture
def clerk(place, signed_in):
    return signed_in(place.clerk)


def looked_for(client, **query) -> Page:
    return client.page(ROOMS, query_string=query)



def shown(page: Page, *names: str) -> list[str]:
    """Return those of the names that stand in the list, in its order."""
    rows = " | ".join(page.rows)
    return sorted((name for name in names if name in rows), key=rows.index)


def test_u22_a_room_is_found_by_words_without_accents(place, clerk):
    unit = a_unit("Cơ quan", parent=place.centre)
    names = ("Nhà Đắk Lắk", "Nhà Đăk Song", "Nhà Dak To", "Nhà Đường số 5")
    for name in names:
        a_room(unit, name)

    assert shown(looked_for(clerk, words="dak lak"), *names) == ["Nhà Đắk Lắk"]
    assert set(shown(looked_for(clerk, words="DAK"), *names)) == {"Nhà Đắk Lắk", "Nhà Đăk Song", "Nhà Dak To"}
    assert shown(looked_for(clerk, words="nhà đắk"), "Nhà Đắk Lắk", "Nhà Dak To") == ["Nhà Đắk Lắk", "Nhà Dak To"]
    assert shown(looked_for(clerk, words="đường"), *names) == ["Nhà Đường số 5"]


def test_each_line_leads_to_the_booking_form_with_that_room_and_time_and_to_its_week(place, clerk):
    page = looked_for(clerk, words="hoi truong", day="09/03/2027", start="14:00", end="15:30")

    assert f"/staff/conferences/new?rooms={place.hall.id}&day=09/03/2027&start=14:00&end=15:30" in {
        one.replace("%2F", "/").replace("%3A", ":") for one in page.links}
    assert f"/staff/week/2027/10?room={place.hall.id}" in page.links
    form = clerk.page(next(one for one in page.links if "conferences/new?rooms" in one))
    assert [one["value"] for one in form.named("input", type="checkbox", name="rooms") if "checked" in one] == [str(place.hall.id)]
    assert (form.value("day"), form.value("start"), form.value("end")) == ("09/03/2027", "14:00", "15:30")


def test_only_rooms_that_are_free_then_are_listed(place, clerk):
    place.book()

    page = looked_for(clerk, day="02/03/2027", start="08:30", end="09:30")

    assert shown(page, place.hall.name, place.room.name, place.other_room.name) == [place.other_room.name]
    assert "1 phòng trống" in page.text


def test_rooms_are_found_by_seats_equipment_and_unit(place, clerk):
    a_room(place.province, "Phòng lớn", seats=200, equipment=("interpretation",))

    assert shown(looked_for(clerk, seats="150"), "Phòng lớn", place.hall.name) == ["Phòng lớn"]
    assert shown(looked_for(clerk, equipment="interpretation"), "Phòng lớn", place.hall.name) == ["Phòng lớn"]
    assert shown(looked_for(clerk, unit=place.province.id), "Phòng lớn", place.room.name, place.hall.name) == [place.room.name, "Phòng lớn"]
    assert "Phiên dịch" in looked_for(clerk, equipment="interpretation").rows[1]


@pytest.mark.parametrize(("query", "reason"), [
    ({"day": "32/03/2027", "start": "08:00", "end": "09:00"}, "bad_date"), ({"day": "02/03/2027"}, "bad_time"),
    ({"day": "02/03/2027", "start": "09:00", "end": "08:00"}, "end_not_after_start"), ({"seats": "nhiều"}, "bad_number")])
def test_a_bad_question_gets_its_sentence_and_keeps_what_was_typed(place, clerk, sentence, query, reason):
    answer = clerk.get(ROOMS, query_string=query)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason) in page.text
    assert {name: page.value(name) for name in query} == query


def test_fifty_rooms_stand_on_a_page_and_the_question_goes_along(place, clerk):
    with write_transaction():
        facts = {name: getattr(place.hall, name) for name in ("unit_id", "created_at", "opens_min", "closes_min", "open_days", "ahead_days")}
        db.session.add_all(Room(code=f"N{n}", name=f"Nhà {n:03}", folded_name=f"nha {n:03}", order_key=f"nha {n:03}", **facts) for n in range(60))

    first = looked_for(clerk, words="nha", seats="0")
    second = clerk.page(next(link for link in first.links if "page=2" in link))

    assert (len(first.rows), len(second.rows)) == (51, 11)
    assert ("Nhà 000" in first.text, "Nhà 059" in second.text) == (True, True)


def test_nothing_found_says_what_to_do(place, clerk):
    assert "Hãy bớt một điều kiện" in looked_for(clerk, words="không có").text


def test_who_may_not_book_finds_rooms_without_a_way_to_book_them(place, signed_in):
    page = looked_for(signed_in(place.technician))

    assert place.hall.name in page.text
    assert not any("conferences/new" in link for link in page.links)


def test_what_is_booked_is_not_told_by_the_search(place, signed_in):
    place.book(span=a_span(), title="Chuyện riêng")

    assert "Chuyện riêng" not in looked_for(signed_in(place.stranger), day="02/03/2027", start="08:00", end="09:00").text


@pytest.mark.parametrize("words", ["\x00", "a\x00b", "%", "x" * 5000])
def test_strange_words_find_nothing_or_everything_and_break_nothing(place, clerk, words):
    assert clerk.get(ROOMS, query_string={"words": words, "unit": "9" * 30, "page": "-1"}).status_code == 200


@pytest.mark.parametrize(("names", "dictionary"), [(EQUIPMENT, words.EQUIPMENT), (Kind, words.ROOM_REASON)], ids=["equipment", "reasons"])
def test_all_that_a_room_has_and_asks_has_its_words(names, dictionary):
    assert set(dictionary) == {str(one) for one in names}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_reason_of_a_room_fills_the_holes_of_its_sentence(app, language):
    facts = {"closed_hours": {"opens_min": 390, "closes_min": 1440}, "closed_day": {"day": date(2027, 3, 7)},
             "too_far_ahead": {"days": 90, "until": date(2027, 5, 30)}, "maintenance": {"span": a_span(), "why": "Sửa 100%"}}

    said = [read_in(app, language, lambda kind=kind: words.room_reason(Reason(kind, tuple(facts[kind].items())))) for kind in Kind]

    assert all("%(" not in one for one in said)
    assert all(part in " ".join(said) for part in ("06:30", "24:00", "07/03/2027", "30/05/2027", "08:00 02/03/2027", "Sửa 100%"))
