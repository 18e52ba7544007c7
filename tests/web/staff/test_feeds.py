"""Making and revoking the addresses of one's own calendars."""

import re

import pytest
from builders import a_person

from roomctl.calendars.feeds import feeds_of
from web.browser import Page

PAGE = "/staff/feeds"


def address_in(html: str) -> str:
    return re.search(r"http://localhost(/calendar/[\w-]{43}\.ics)", html)[1]


@pytest.mark.parametrize("subject", ["me", "hall", "centre"])
def test_an_address_is_shown_once_and_opens_the_calendar(place, signed_in, browser, subject):
    client = signed_in(place.clerk)
    thing = getattr(place, subject, None)

    answer = client.send(PAGE, {"subject": thing.ref if thing else "me"}, page=PAGE)

    assert answer.status_code == 200
    assert browser().get(address_in(answer.text)).status_code == 200
    assert "/calendar/" not in client.get(PAGE).text


def test_the_page_lists_what_somebody_made_and_by_name(place, signed_in):
    client = signed_in(place.clerk)
    client.send(PAGE, {"subject": place.hall.ref}, page=PAGE)

    assert any("Hội trường – Trung ương" in row for row in client.page(PAGE).rows)
    assert not any("Hội trường" in row for row in signed_in(place.stranger).page(PAGE).rows)


def test_a_revoked_address_is_gone(place, signed_in, browser):
    client = signed_in(place.clerk)
    address = address_in(client.send(PAGE, {"subject": "me"}, page=PAGE).text)

    answer = client.send(f"{PAGE}/{feeds_of(place.clerk)[0][0].id}/revocation", page=PAGE)

    assert (answer.status_code, browser().get(address).status_code) == (303, 404)
    assert "Bạn chưa có địa chỉ nào." in client.page(PAGE).text


def test_somebody_elses_address_cannot_be_revoked(place, signed_in):
    signed_in(place.clerk).send(PAGE, {"subject": "me"}, page=PAGE)

    answer = signed_in(place.stranger).send(f"{PAGE}/{feeds_of(place.clerk)[0][0].id}/revocation", page=PAGE)

    assert answer.status_code == 404


@pytest.mark.parametrize("subject", ["", "room:999", "unit:x", "<b>"])
def test_what_cannot_be_chosen_is_said_so(place, signed_in, sentence, subject):
    answer = signed_in(place.clerk).send(PAGE, {"subject": subject}, page=PAGE)

    assert (answer.status_code, sentence("unknown_choice") in Page(answer.text).text) == (422, True)


@pytest.mark.parametrize(("words", "found"), [("ca mau", True), ("hoi", False), ("khong co", False)])
def test_rooms_of_others_are_found_by_their_name(place, signed_in, words, found):
    page = signed_in(place.clerk).page(f"{PAGE}?words={words}")

    assert bool(page.named("option", value=place.other_room.ref)) == found


def test_somebody_without_a_role_has_only_their_own(place, signed_in):
    page = signed_in(a_person(place.centre)).page(PAGE)

    assert [option["value"] for option in page.named("option")] == ["me"]


def test_the_page_is_whole(place, signed_in):
    page = signed_in(place.clerk, "en").page(PAGE)

    assert (page.unclosed, page.inline_scripts, page.language) == ([], [], "en")
