"""One's own account: choosing a password."""

import pytest
from builders import PASSWORD, fresh

from roomctl.organisation import directory, signin
from roomctl.web.access import RULES, Door
from web.browser import Page

ACCOUNT = "/staff/account"
NEW = "Con sông quê tôi"


def change(client, **typed):
    return client.send(f"{ACCOUNT}/password", {"old": PASSWORD, "new": NEW, "again": NEW, **typed}, page=ACCOUNT)


@pytest.fixture
def newcomer(place, browser):
    """The browser of somebody who has signed in with a one-time password, and that password."""
    password = directory.renew_password(place.clerk.id, by=place.administrator)
    client = browser()
    client.send("/sign-in", {"username": place.clerk.username, "password": password})
    return client, password


def test_a_changed_password_counts_at_once_and_the_browser_stays_signed_in(place, signed_in, browser):
    client, other = signed_in(place.clerk), signed_in(place.clerk)

    answer = change(client)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ACCOUNT}?changed=1")
    assert "Đã đổi mật khẩu" in client.page(answer.headers["Location"]).text
    assert (client.get("/staff/week/2027/9").status_code, other.get("/staff/week/2027/9").status_code) == (200, 401)
    assert [browser().send("/sign-in", {"username": place.clerk.username, "password": one}).status_code for one in (PASSWORD, NEW)] == [422, 303]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("typed", "field", "reason", "facts"), [
    ({"old": "sai"}, "old", "wrong_old_password", {}), ({"old": ""}, "old", "wrong_old_password", {}),
    ({"new": "ngắn"}, "new", "password_too_short", {"limit": 10}), ({"new": "x" * 300}, "new", "password_too_long", {"limit": 200}),
    ({"new": PASSWORD, "again": PASSWORD}, "new", "password_unchanged", {}), ({"again": "khác hẳn"}, "again", "passwords_differ", {})])
def test_a_password_that_will_not_do_gets_its_sentence_beside_the_field(place, signed_in, sentence, language, typed, field, reason, facts):
    client = signed_in(place.clerk, language)

    answer = change(client, **typed)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason, language, **facts) in page.text
    assert page.named("input", name=field, aria_invalid="true")
    assert [page.value(name) for name in ("old", "new", "again")] == ["", "", ""]
    assert signin.secret_matches(fresh(place.clerk).password_hash, PASSWORD)


def test_after_five_wrong_guesses_the_old_password_must_wait(place, signed_in):
    client = signed_in(place.clerk)
    wrong = {change(client, old="sai").status_code for _ in range(5)}

    assert (wrong, change(client).status_code) == ({422}, 429)


def test_a_one_time_password_leads_everywhere_to_choosing_another(place, newcomer):
    client, _ = newcomer
    pages = ["/", "/staff/week/2027/9", "/staff/conferences/new", "/staff/notices"]

    led = {client.get(path, follow_redirects=True).request.path for path in pages}
    sent = client.send("/staff/conferences", {}, page=ACCOUNT)

    assert led == {ACCOUNT}
    assert (sent.status_code, sent.headers["Location"]) == (303, ACCOUNT)
    page = client.page(ACCOUNT)
    assert "chỉ dùng một lần" in page.text and "/staff/notices" not in page.links


def test_the_language_and_the_way_out_stay_open_meanwhile(place, newcomer):
    client, _ = newcomer

    assert client.send("/language", {"language": "en", "back": ACCOUNT}, page=ACCOUNT).headers["Location"] == ACCOUNT
    assert client.send("/sign-out", page=ACCOUNT).headers["Location"] == "/sign-in"


def test_with_the_password_chosen_work_begins(place, newcomer):
    client, password = newcomer

    answer = change(client, old=password)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/staff/week/2027/9").status_code == 200
    assert not fresh(place.clerk).must_change_password


def test_the_account_page_is_open_to_everybody_who_signed_in():
    assert {RULES[endpoint] for endpoint in RULES if endpoint.startswith("staff.account.")} == {Door.SIGNED_IN}


def test_the_page_is_one_press_away_from_every_other(place, signed_in):
    assert ACCOUNT in signed_in(place.technician).page("/technician/devices").links
