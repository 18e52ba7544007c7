"""What a person reads when something cannot be done."""

import pytest
from builders import PASSWORD

from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotSignedIn, NotVisible, Refused, RoomctlError, Throttled
from roomctl.web import access
from roomctl.web.access import Door
from roomctl.web.status import status_of
from web.browser import BOOKING, Page


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


@pytest.mark.parametrize("path", ["/%00", "/staff/conferences/%00", "/%ff%fe", "/" + "a" * 5000, "/?%00=%ff"])
def test_an_odd_address_is_answered(place, signed_in, path):
    assert signed_in(place.clerk).get(path).status_code in (303, 400, 404)
