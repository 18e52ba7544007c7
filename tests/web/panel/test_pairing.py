"""Pairing a panel with a room."""

import pytest

from roomctl.organisation import signin
from roomctl.rooms import panels
from roomctl.web.access import PANEL_COOKIE
from web.browser import Page

PAIR = "/panel/pair"


def test_a_code_pairs_the_panel_with_its_room(place, browser):
    client = browser()

    answer = client.send(PAIR, {"code": panels.make_code(place.hall.id, by=None)}, page=PAIR)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/panel")
    assert place.hall.name in client.page("/panel").text


def test_a_code_may_be_typed_as_it_is_shown_or_in_small_letters(place, browser):
    code = panels.make_code(place.hall.id, by=None)

    assert browser().send(PAIR, {"code": f" {code[:4]}-{code[4:]} ".lower()}, page=PAIR).status_code == 303


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_code_works_once(place, browser, sentence, language):
    code = panels.make_code(place.hall.id, by=None)
    browser().send(PAIR, {"code": code}, page=PAIR)
    late = browser().speak(language)

    answer = late.send(PAIR, {"code": code}, page=PAIR)

    assert (answer.status_code, late.get_cookie(PANEL_COOKIE)) == (422, None)
    assert sentence("wrong_code", language) in Page(answer.text).text


def test_a_code_works_for_a_day(place, browser, set_clock):
    code = panels.make_code(place.hall.id, by=None)
    set_clock.forward(hours=24)

    assert browser().send(PAIR, {"code": code}, page=PAIR).status_code == 422


@pytest.mark.parametrize("language", ["vi", "en"])
def test_too_many_wrong_codes_close_the_door_even_for_the_right_one(place, browser, set_clock, sentence, language):
    client, until = browser().speak(language), set_clock.at + signin.WITHIN
    wrong = {client.send(PAIR, {"code": f"WRONG{number:03d}"}, page=PAIR).status_code for number in range(10)}

    answer = client.send(PAIR, {"code": panels.make_code(place.hall.id, by=None)}, page=PAIR)

    assert (wrong, answer.status_code) == ({422}, 429)
    assert sentence("too_many_tries", language, until=until) in Page(answer.text).text


def test_the_door_opens_again_after_fifteen_minutes(place, browser, set_clock):
    client = browser()
    for number in range(10):
        client.send(PAIR, {"code": f"WRONG{number:03d}"}, page=PAIR)
    set_clock.forward(minutes=15)

    assert client.send(PAIR, {"code": panels.make_code(place.hall.id, by=None)}, page=PAIR).status_code == 303


def test_a_room_has_one_panel_and_the_former_is_dead(place, paired_panel):
    former = paired_panel(place.hall)

    newer = paired_panel(place.hall)

    assert (former.get("/panel/state").status_code, newer.get("/panel/state").status_code) == (401, 200)


@pytest.mark.parametrize("code", ["", " ", "\x00", "x" * 10_000, "' OR 1=1 --", "ẮẰẲẴ-ẶẤẦẨ"])
def test_anything_else_is_no_code(place, browser, code):
    assert browser().send(PAIR, {"code": code}, page=PAIR).status_code == 422
