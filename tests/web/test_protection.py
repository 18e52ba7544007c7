"""What keeps a page from being turned against its reader."""

import re

import pytest

from roomctl import clock
from roomctl.devices import inventory
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.web.access import PANEL_COOKIE
from roomctl.web.public.sign_in import SIGN_IN_COOKIE
from web.browser import Page, booking
from web.crawl import crawl

LEADING = ("href", "src", "action", "formaction")
HEADERS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@pytest.fixture
def busy_place(equipped, start, put):
    """A place with something on every page: conferences, a request, a live session, a host key that waits."""
    equipped.book(title="Hội nghị ngày mai")
    put(start(), state=SessionState.LIVE, live_at=clock.now(), verdict=Verdict.SECURE, stranger="nobody@evil.example",
        legs={"state": LegState.HUNG_UP, "finding": "call_clear", "finding_detail": "audio outgoing"})
    inventory.note_host_key(1, fingerprint="SHA256:other", algorithm="ssh-ed25519")
    return equipped


def everybody(place, signed_in, browser, paired_panel, language="vi"):
    people = (place.clerk, place.chair, place.province_approver, place.stranger, place.officer, place.administrator, place.technician)
    return [*(signed_in(user, language) for user in people), browser().speak(language),
            *(paired_panel(room).speak(language) for room in (place.hall, place.room, place.other_room))]


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/assets/app.css", "/assets/nothing.js", "/healthz", "/panel/pair",
                                  "/panel/state", "/panel", "/"])
def test_every_answer_carries_the_protecting_headers(place, browser, path):
    answer = browser().get(path)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_policy_allows_nothing_unsafe_and_nothing_from_elsewhere(place, browser):
    policy = browser().get("/sign-in").headers["Content-Security-Policy"]

    assert not re.search(r"unsafe|\*|https?:|script-src[^;]*data:", policy)
    assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= {part.strip() for part in policy.split(";")}


def test_pages_are_kept_by_no_cache(place, signed_in):
    assert signed_in(place.clerk).get("/staff/week/2027/9").headers["Cache-Control"] == "no-store"


def test_an_asset_with_its_hash_is_kept_for_good(browser):
    page = browser().page("/sign-in")

    assets = [found["href"] for found in page.named("link")] + [found["src"] for found in page.named("script")]
    answers = [browser().get(asset) for asset in assets]

    assert {(answer.status_code, answer.headers["Cache-Control"]) for answer in answers} == {(200, "public, max-age=31536000, immutable")}


@pytest.mark.parametrize("path", ["/assets/../app.py", "/assets/..%2f..%2fapp.py", "/assets/%2e%2e/app.py", "/assets//etc/passwd"])
def test_nothing_but_assets_is_served_as_one(browser, path):
    assert browser().get(path).status_code in (404, 308)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example", ""])
def test_a_host_that_is_not_ours_is_refused(place, browser, host):
    answer = browser().get("/sign-in", headers={"Host": host})

    assert (answer.status_code, "evil" in answer.text) == (400, False)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_form_sent_without_a_token_changes_nothing(app, busy_place, signed_in, browser, paired_panel, everything_stored):
    clients = everybody(busy_place, signed_in, browser, paired_panel)
    paths = sorted({re.sub(r"<int:\w+>", "1", rule.rule) for rule in app.url_map.iter_rules() if "POST" in rule.methods})
    for_programs = {path for path in paths if path.startswith("/api/")}  # No form: a browser's cookies open nothing there.
    data = booking(busy_place, reason="x", pin="000000", code="ABCDEFGH", username="x", password="x", language="en",
                   fingerprint="SHA256:other")
    before = everything_stored()

    answers = {(path, client.post(path, data=data).status_code) for client in clients for path in paths}

    assert answers == {(path, 401 if path in for_programs else 400) for path in paths}
    assert everything_stored() == before


def test_a_token_of_somebody_else_is_none(place, signed_in, csrf, counted):
    token = csrf(signed_in(place.chair), "/staff/notices")

    answer = signed_in(place.clerk).post("/staff/conferences", data=booking(place, csrf_token=token))

    assert (answer.status_code, counted("conferences")) == (400, 0)


def test_no_cookie_can_be_read_by_a_script_or_sent_from_another_site(place, browser, paired_panel):
    client = browser()
    client.send("/sign-in", {"username": place.clerk.username, "password": "Mật khẩu thử 1"})
    client.send("/language", {"language": "en", "back": "/"})
    panel = paired_panel(place.hall)
    cookies = [client.get_cookie(name) for name in (SIGN_IN_COOKIE, "roomctl_form", "roomctl_language")] + [panel.get_cookie(PANEL_COOKIE)]

    assert [(cookie.http_only, cookie.same_site in ("Lax", "Strict"), cookie.path) for cookie in cookies] == [(True, True, "/")] * 4


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_whole_speaks_its_language_and_runs_nothing_of_its_own(busy_place, signed_in, browser, paired_panel, language):
    seen = {}
    for client in everybody(busy_place, signed_in, browser, paired_panel, language):
        seen |= {(path, id(client)): html for path, html in crawl(client).items()}
    complaints = []
    for (path, _), html in seen.items():
        page = Page(html)
        for tag, attributes in page.elements:
            if "style" in attributes or any(name.startswith("on") for name in attributes) or tag == "style":
                complaints.append((path, "inline", tag, attributes))
            if any(re.match(r"(?i)javascript:|data:|//|https?:", attributes.get(name, "")) for name in LEADING):
                complaints.append((path, "leads elsewhere", tag, attributes))
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        forms, tokens = page.named("form", method="post"), [field["value"] for field in page.named("input", name="csrf_token")]
        found = (page.inline_scripts, page.unclosed, page.language, len(ids) == len(set(ids)), len(forms) == len(tokens), all(tokens))
        if found != ([], [], language, True, True, True):
            complaints.append((path, found))

    assert complaints == []
    assert len({path for path, _ in seen}) >= 14
