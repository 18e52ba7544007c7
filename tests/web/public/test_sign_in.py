"""Signing in and out."""

import re

import pytest
from builders import PASSWORD, a_person

from roomctl.organisation import signin
from roomctl.web.public.sign_in import SIGN_IN_COOKIE
from web.browser import Page


def enter(client, user: str, password: str = PASSWORD, **more):
    return client.send("/sign-in", {"username": user, "password": password, **more})


def without_token(html: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", html)


def test_the_right_password_opens_the_door(place, browser):
    client = browser()

    answer = enter(client, place.clerk.username)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert place.clerk.name in client.page("/", follow_redirects=True).text


def test_a_name_may_be_typed_in_capitals_and_with_blanks(place, browser):
    assert enter(browser(), f" {place.clerk.username.upper()} ").status_code == 303


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(place, browser, sentence, language):
    wrong = enter(browser().speak(language), place.clerk.username, "khác")
    unknown = enter(browser().speak(language), "nobody", "khác")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert sentence("wrong_credentials", language) in Page(wrong.text).text
    assert without_token(wrong.text).replace(place.clerk.username, "nobody") == without_token(unknown.text)


def test_a_closed_account_gets_that_answer_too(place, browser, sentence):
    signin.close_account(place.clerk.id, by=None)

    answer = enter(browser(), place.clerk.username)

    assert answer.status_code == 422
    assert sentence("wrong_credentials") in Page(answer.text).text


def test_the_name_typed_is_kept_and_the_password_is_not(place, browser):
    page = Page(enter(browser(), place.clerk.username, "khác").text)

    assert (page.value("username"), page.value("password")) == (place.clerk.username, "")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("who", ["clerk", "nobody"])
def test_after_five_wrong_tries_a_name_must_wait_whether_it_exists_or_not(place, browser, set_clock, sentence, who, language):
    client, name, until = browser().speak(language), place.clerk.username if who == "clerk" else "nobody", set_clock.at + signin.WITHIN
    tried = {enter(client, name, "khác").status_code for _ in range(5)}

    answer = enter(client, name)

    assert (tried, answer.status_code, client.get_cookie(SIGN_IN_COOKIE)) == ({422}, 429, None)
    assert sentence("too_many_tries", language, until=until) in Page(answer.text).text


def test_after_a_quarter_of_an_hour_the_right_password_counts_again(place, browser, set_clock):
    for _ in range(5):
        enter(browser(), place.clerk.username, "khác")
    set_clock.forward(minutes=15)

    assert enter(browser(), place.clerk.username).status_code == 303


@pytest.mark.parametrize("elsewhere", [
    "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example", "javascript:alert(1)",
    "/\t/evil.example", "/\r\nSet-Cookie: a=b", "http:evil.example", "evil.example", "", "https:///evil.example", "/\x00//evil.example"])
def test_nobody_is_led_elsewhere(place, browser, elsewhere):
    answer = enter(browser(), place.clerk.username, next=elsewhere)

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_a_link_that_would_lead_elsewhere_leaves_no_trace_in_the_form(place, browser, elsewhere):
    assert browser().page("/sign-in", query_string={"next": elsewhere}).value("next") == "/"


def test_a_person_comes_back_to_the_page_they_asked_for(place, browser):
    client = browser()
    led = client.get("/staff/week/2027/10?x=1", headers={"Accept": "text/html"}).headers["Location"]

    page = client.page(led)

    assert enter(client, place.clerk.username, next=page.value("next")).headers["Location"] == "/staff/week/2027/10?x=1"


def test_a_cookie_copied_before_the_sign_out_is_dead_after_it(place, browser):
    client, thief = browser(), browser()
    enter(client, place.clerk.username)
    thief.set_cookie(SIGN_IN_COOKIE, client.get_cookie(SIGN_IN_COOKIE).value)
    before = thief.get("/staff/week/2027/9").status_code

    answer = client.send("/sign-out", page="/staff/week/2027/9")

    assert (before, answer.headers["Location"], client.get_cookie(SIGN_IN_COOKIE)) == (200, "/sign-in", None)
    assert thief.get("/staff/week/2027/9").status_code == 401


def test_a_sign_in_ends_after_twelve_hours(place, signed_in, set_clock):
    client = signed_in(place.clerk)
    set_clock.forward(hours=12)

    assert client.get("/staff/week/2027/9").status_code == 401


def test_a_changed_password_ends_every_sign_in(place, signed_in):
    client = signed_in(place.clerk)
    signin.change_password(place.clerk.id, "Mật khẩu mới 2", by=None)

    assert client.get("/staff/week/2027/9").status_code == 401


def test_signing_out_twice_is_no_mistake(place, browser):
    assert browser().send("/sign-out").status_code == 303


@pytest.mark.parametrize("token", ["", "x", "a" * 3000, "' OR 1=1 --"])
def test_a_cookie_that_nobody_was_given_opens_nothing(place, browser, token):
    client = browser()
    client.set_cookie(SIGN_IN_COOKIE, token)

    assert client.get("/staff/notices").status_code == 401


@pytest.mark.parametrize(("user", "password"), [
    ("", ""), ("\x00", "\x00"), ("x" * 10_000, "y" * 10_000), ("' OR 1=1 --", "x"), ("ﬁ", "\ud7ff")])
def test_anything_else_is_a_wrong_password(place, browser, user, password):
    assert enter(browser(), user, password).status_code == 422


@pytest.mark.parametrize(("who", "screen"), [
    ("clerk", "/staff/week"), ("chair", "/staff/week"), ("province_approver", "/staff/approvals"), ("technician", "/technician"),
    ("officer", "/auditor/sessions"), ("administrator", "/admin/panels")])
def test_each_person_begins_at_their_own_first_screen(place, signed_in, who, screen):
    assert signed_in(getattr(place, who)).get("/").headers["Location"] == screen


def test_somebody_without_a_role_begins_at_their_notices_and_leaves_no_refusal(place, signed_in, counted):
    client = signed_in(a_person(place.centre))
    before = counted("trail_entries")

    answer = client.get("/", follow_redirects=True)

    assert (answer.status_code, answer.request.path, counted("trail_entries")) == (200, "/staff/notices", before)
