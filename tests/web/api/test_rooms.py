"""Rooms over the API."""

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
