"""Choosing the language."""

from urllib.parse import unquote

import pytest
from builders import fresh

from web.browser import BOOKING_FORM


def test_a_page_is_vietnamese_until_somebody_chooses(place, browser):
    page = browser().page("/sign-in", headers={"Accept-Language": "en"})

    assert (page.language, "Đăng nhập" in page.text) == ("vi", True)


def test_a_chosen_language_stays(place, browser):
    client = browser()
    client.send("/language", {"language": "en", "back": "/sign-in"})

    page = client.page("/sign-in")

    assert (page.language, "Sign in" in page.text, "Đăng nhập" in page.text) == ("en", True, False)


def test_one_can_go_back_to_vietnamese(place, browser):
    client = browser().speak("en")
    client.send("/language", {"language": "vi", "back": "/sign-in"})

    assert client.page("/sign-in").language == "vi"


def test_the_language_that_somebody_chose_is_the_one_of_their_mails(place, signed_in):
    signed_in(place.clerk).send("/language", {"language": "en", "back": "/"})

    assert fresh(place.clerk).language == "en"


@pytest.mark.parametrize("path", ["/staff/week/2027/9", BOOKING_FORM, f"{BOOKING_FORM}?day=02/03/2027&title=H%E1%BB%8Dp%20giao%20ban"])
def test_changing_the_language_leads_back_to_the_same_page(place, signed_in, path):
    client = signed_in(place.clerk)

    answer = client.send("/language", {"language": "en", "back": client.page(path).value("back")})

    assert unquote(answer.headers["Location"]) == unquote(path)
    assert client.page(answer.headers["Location"]).language == "en"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "", "\n/x"])
def test_changing_the_language_leads_nobody_elsewhere(place, browser, back):
    assert browser().send("/language", {"language": "en", "back": back}).headers["Location"] == "/"


@pytest.mark.parametrize("language", ["fr", "", "../../etc", "en\x00", "EN"])
def test_a_language_nobody_speaks_is_vietnamese(place, browser, language):
    client = browser()
    client.send("/language", {"language": language, "back": "/"})

    assert client.page("/sign-in").language == "vi"


@pytest.mark.parametrize("cookie", ["fr", "en-GB", "<script>", ""])
def test_a_cookie_with_another_language_is_vietnamese(place, browser, cookie):
    assert browser().speak(cookie).page("/sign-in").language == "vi"


def test_after_a_form_was_refused_the_language_leads_home_and_not_to_an_address_that_only_takes_forms(place, browser):
    client = browser()
    answer = client.send("/sign-in", {"username": "x", "password": "y"})

    assert 'name="back" value="/"' in answer.text
