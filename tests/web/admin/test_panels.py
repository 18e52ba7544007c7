"""Pairing panels with rooms: the administrator's side."""

import re

from builders import a_person

from roomctl.organisation.roles import Role
from roomctl.rooms import tables as rooms
from web.browser import Page

PANELS = "/admin/panels"


def test_an_administrator_makes_a_code_that_pairs_a_panel(place, signed_in, browser):
    client = signed_in(place.administrator)

    code = re.search(r"\b\w{4}-\w{4}\b", Page(client.send(f"{PANELS}/rooms/{place.hall.id}/code", page=PANELS).text).text)[0]

    assert browser().send("/panel/pair", {"code": code}, page="/panel/pair").status_code == 303
    assert "đã ghép lúc 08:00 01/03/2027" in client.page(PANELS).text


def test_a_code_is_shown_once(place, signed_in):
    client = signed_in(place.administrator)
    client.send(f"{PANELS}/rooms/{place.hall.id}/code", page=PANELS)

    assert client.page(PANELS).named("p", class_="pairing-code") == []


def test_a_code_is_kept_as_a_hash_only(place, signed_in, everything_stored):
    html = signed_in(place.administrator).send(f"{PANELS}/rooms/{place.hall.id}/code", page=PANELS).text

    code = re.search(r"\b\w{4}-\w{4}\b", Page(html).text)[0]
    assert code.replace("-", "") not in everything_stored()


def test_an_administrator_of_a_province_sees_and_pairs_its_rooms_only(place, signed_in, counted):
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR))

    page = client.page(PANELS)
    answer = client.send(f"{PANELS}/rooms/{place.hall.id}/code", page=PANELS)

    assert (place.room.name in page.text, place.hall.name in page.text) == (True, False)
    assert (answer.status_code, counted("panel_codes")) == (403, 0)


def test_an_administrator_of_a_province_cannot_revoke_the_panel_of_another(place, signed_in, paired_panel):
    panel = paired_panel(place.hall)

    answer = signed_in(a_person(place.province, Role.ADMINISTRATOR)).send(f"{PANELS}/{rooms.panels_in_use()[0].id}/revocation", page=PANELS)

    assert (answer.status_code, panel.get("/panel/state").status_code) == (403, 200)


def test_a_room_or_panel_that_is_not_there_is_not_found(place, signed_in):
    client = signed_in(place.administrator)

    assert {client.send(f"{PANELS}/{path}", page=PANELS).status_code for path in ("rooms/999/code", "999/revocation")} == {404}
