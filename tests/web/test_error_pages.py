"""What a person reads when something cannot be done."""

import pytest
from builders import PASSWORD
from sqlalchemy.exc import OperationalError

from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotSignedIn, NotVisible, Refused, RoomctlError, Throttled
from roomctl.web import access
from roomctl.web.access import Door
from roomctl.web.public.sign_in import SIGN_IN_COOKIE
from roomctl.web.status import status_of
from web.browser import BOOKING, Browser, Page


@pytest.mark.parametrize(("error", "status"), [
    (NotSignedIn(), 401), (NotAllowed(action="x"), 403), (NotVisible(), 404), (Conflict("x"), 409), (InvalidInput([]), 422),
    (Refused("x"), 422), (Throttled("x", until=None), 429), (RoomctlError(), 500)], ids=lambda value: str(value))
def test_each_error_has_its_status(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nowhere", 404), ("GET", "/staff/conferences/999", 404), ("PUT", "/sign-in", 405), ("DELETE", "/healthz", 405),
    ("GET", "/auditor/trail", 403), ("POST", "/staff/conferences", 400), ("GET", "/panel/nowhere", 404), ("GET", "/panel/state", 401)])
def test_an_error_is_a_page_in_the_readers_language_with_a_way_back(place, signed_in, language, method, path, status):
    answer = signed_in(place.clerk, language).open(path, method=method)

    page = Page(answer.text)
    assert (answer.status_code, page.language) == (status, language)
    assert ("/panel" if path.startswith("/panel") else "/") in page.links
    assert ("Quay lại" in page.text) == (language == "vi")


def test_the_refusal_says_that_it_was_recorded(place, signed_in):
    assert "đã được ghi vào nhật ký" in signed_in(place.clerk).page("/auditor/trail").text


def test_a_request_that_is_too_large_is_refused_before_it_is_read(place, signed_in, counted):
    client = signed_in(place.clerk)

    answer = client.post(BOOKING, data={"title": "x" * 300_000, "csrf_token": client.page("/staff/notices").csrf})

    assert (answer.status_code, counted("conferences")) == (413, 0)


@pytest.fixture
def broken(another_app, monkeypatch):
    """A browser at an application with a page that fails in a way nobody thought of."""

    def fail() -> str:
        raise RuntimeError("password=geheim")

    monkeypatch.setitem(access.RULES, "broken", Door.PUBLIC)
    another_app.add_url_rule("/broken", "broken", fail)
    return another_app.test_client()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_unexpected_error_tells_nothing_of_the_inside(place, broken, language):
    answer = broken.speak(language).get("/broken")

    assert (answer.status_code, Page(answer.text).language) == (500, language)
    assert not any(word in answer.text for word in ("geheim", "RuntimeError", "Traceback"))


def test_an_unexpected_error_leaves_nothing_open(place, broken):
    broken.get("/broken")

    answer = broken.send("/sign-in", {"username": place.clerk.username, "password": PASSWORD})

    assert answer.status_code == 303


@pytest.fixture
def without_database(tmp_path):
    """A browser at an application whose database is gone."""
    app = create_app(Settings(home=tmp_path, database_url=f"postgresql+psycopg://roomctl@/roomctl?host={tmp_path}"))
    app.test_client_class = Browser
    return app.test_client()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/staff/conferences/1"), ("GET", "/panel"), ("GET", "/panel/state"), ("GET", "/"), ("POST", "/sign-in"),
    ("POST", "/staff/approvals/1/grant"), ("POST", "/panel/sessions/1/end")])
def test_while_the_database_is_away_it_is_said_that_it_comes_back(without_database, language, method, path):
    client = without_database.speak(language)
    data = {"csrf_token": client.page("/sign-in").csrf, "username": "x", "password": "y"}
    for cookie in (SIGN_IN_COOKIE, access.PANEL_COOKIE):
        client.set_cookie(cookie, "of somebody who signed in before")

    answer = client.open(path, method=method, data=data if method == "POST" else None)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    page = Page(answer.text)
    assert page.language == language
    assert ("Hệ thống đang bận" in page.text) == (language == "vi")


def test_a_program_is_told_too_that_the_database_is_away(without_database):
    answer = without_database.get("/api/v1/conferences/1", headers={"Authorization": "Bearer token"})

    assert (answer.status_code, answer.mimetype, answer.json["status"]) == (503, "application/problem+json", 503)


def test_a_database_that_goes_while_a_refusal_is_written_down_is_away_too(place, signed_in, monkeypatch):
    def gone(*_args, **_facts):
        raise OperationalError("INSERT", {}, Exception("the connection is lost"))

    client = signed_in(place.clerk)
    monkeypatch.setattr("roomctl.web.error_pages.trail.append", gone)

    assert client.get("/auditor/trail").status_code == 503


@pytest.mark.parametrize("path", ["/%00", "/staff/conferences/%00", "/%ff%fe", "/" + "a" * 5000, "/?%00=%ff"])
def test_an_odd_address_is_answered(place, signed_in, path):
    assert signed_in(place.clerk).get(path).status_code in (303, 400, 404)
