"""Rooms over the API."""

import pytest
from builders import a_room, a_span

from roomctl.booking.maintenance import close_room

SPAN = "start=2027-03-02T08:00:00%2B07:00&end=2027-03-02T09:00:00%2B07:00"


def test_rooms_are_found_without_accents_and_below_a_unit(place, program):
    clerk = program(place.clerk)

    assert [room["name"] for room in clerk("GET", "/rooms?words=dak lak").json["items"]] == ["Phòng họp Đắk Lắk"]
    assert [room["id"] for room in clerk("GET", f"/rooms?unit={place.province.id}").json["items"]] == [place.room.id]
    assert [one["reason"] for one in clerk("GET", "/rooms?unit=999").json["errors"]] == ["unknown_unit"]


def test_a_percent_sign_is_only_a_letter(place, program):
    assert program(place.clerk)("GET", "/rooms?words=%25").json["items"] == []


def test_each_room_says_whether_it_is_free(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted(rooms=[place.hall.id]))

    answers = clerk("GET", f"/rooms/free?{SPAN}").json["items"]
    two = clerk("GET", f"/rooms/free?{SPAN}&rooms={place.room.id}&rooms={place.other_room.id}").json["items"]

    assert {one["room"]: one["free"] for one in answers} == {place.hall.id: False, place.room.id: True, place.other_room.id: True}
    assert [one["room"] for one in two] == [place.room.id, place.other_room.id]
    assert answers[0]["clashes"][0]["with"]["title"] == "Giao ban tuần"


def test_a_time_that_is_none_is_refused(place, program):
    answer = program(place.clerk)("GET", "/rooms/free?start=2027-03-02T08:00:00Z&end=2027-03-02T08:00:00Z")

    assert [one["reason"] for one in answer.json["errors"]] == ["end_not_after_start"]


def test_one_room_is_at_its_own_address(place, program):
    clerk = program(place.clerk)

    assert clerk("GET", f"/rooms/{place.room.id}").json["unit_name"] == "Đắk Lắk"
    assert clerk("GET", "/rooms/999").status_code == 404


def test_a_room_that_is_closed_says_so_in_a_word_and_in_a_sentence(place, program):
    close_room(place.hall.id, a_span(minutes=600), reason="Sửa điện", by=place.technician)

    answer, = program(place.clerk)("GET", f"/rooms/free?{SPAN}&rooms={place.hall.id}").json["items"]

    assert (answer["free"], answer["clashes"], [one["kind"] for one in answer["reasons"]]) == (False, [], ["maintenance"])
    assert "Sửa điện" in answer["reasons"][0]["sentence"]


def test_a_room_is_searched_by_seats_equipment_words_and_a_free_time(place, program, wanted):
    large = a_room(place.province, "Hội trường lớn", seats=200, equipment=["projector", "recording"])
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted(rooms=[large.id]))

    def found(query: str) -> list[int]:
        return [room["id"] for room in clerk("GET", f"/rooms/search?{query}").json["items"]]

    assert found("seats=100") == found("equipment=projector&equipment=recording") == found("words=hoi truong lon") == [large.id]
    assert found(f"unit={place.province.id}&{SPAN}") == [place.room.id]
    assert found("equipment=projector&equipment=hearing_loop") == []


def test_what_is_found_comes_in_pages(place, program):
    clerk = program(place.clerk)

    first = clerk("GET", "/rooms/search?limit=2").json
    second = clerk("GET", f"/rooms/search?limit=2&skip={first['next']}").json

    assert [room["name"] for room in first["items"] + second["items"]] == ["Hội trường", "Phòng họp Cà Mau", "Phòng họp Đắk Lắk"]
    assert (first["found"], second["next"]) == (3, None)


@pytest.mark.parametrize(("query", "reason"), [("start=2027-03-02T08:00:00Z", "start_and_end_together"), ("unit=999", "unknown_unit"),
                                               ("equipment=piano", "malformed"), ("seats=-1", "malformed"),
                                               ("start=2027-03-02T08:00:00Z&end=2027-03-02T07:00:00Z", "end_not_after_start")])
def test_a_search_that_is_none_says_why(place, program, query, reason):
    answer = program(place.clerk)("GET", f"/rooms/search?{query}")

    assert (answer.status_code, [one["reason"] for one in answer.json["errors"]]) == (422, [reason])
