"""Units over the API."""


def test_units_come_in_pages(place, program):
    clerk = program(place.clerk)

    first = clerk("GET", "/units?limit=2").json
    second = clerk("GET", f"/units?limit=2&after={first['next']}").json

    assert [unit["name"] for unit in first["items"] + second["items"]] == ["Trung ương", "Đắk Lắk", "Cà Mau"]
    assert second["next"] is None


def test_units_are_chosen_by_level_and_parent(place, program):
    clerk = program(place.clerk)

    assert [unit["name"] for unit in clerk("GET", "/units?level=central").json["items"]] == ["Trung ương"]
    assert len(clerk("GET", f"/units?parent={place.centre.id}").json["items"]) == 2
    assert clerk("GET", "/units?level=galactic").status_code == 422


def test_one_unit_is_at_its_own_address(place, program):
    clerk = program(place.clerk)

    assert clerk("GET", f"/units/{place.province.id}").json["parent"] == place.centre.id
    assert clerk("GET", "/units/999").status_code == 404
    assert clerk("GET", "/units/99999999999").status_code == 404
