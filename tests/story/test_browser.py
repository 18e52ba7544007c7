"""The browser without a screen, against a small server that insists on cookies and tokens as roomctl does."""

import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from roomctl.story.browser import Browser
from roomctl.story.telling import StoryFailure

FORM = '<form method="post" action="/vao"><input type="hidden" name="csrf_token" value="{0}"><input name="username"><button>Gửi</button></form>'


class _Desk(BaseHTTPRequestHandler):
    """Shows a form with a token that belongs to a cookie; whoever sends both back is led to a page that names them."""

    def do_GET(self) -> None:
        if self.path == "/":
            self._say(200, FORM.format("token-1"), ("Set-Cookie", "mark=one; Path=/"))
        elif self.path == "/trong?ten=lan" and "mark=one" in (self.headers["Cookie"] or ""):
            self._say(200, "<main>Xin chào lan <a href='tep.zip'>Tải</a></main>")
        elif self.path == "/tep.zip":
            self._say(200, "PK", kind="application/zip")
        else:
            self._say(404, '<p class="lost-banner" role="alert">mất kết nối</p><p role="alert" hidden>ẩn</p><p role="alert">Không có trang này</p>')

    def do_POST(self) -> None:
        sent = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if "mark=one" in (self.headers["Cookie"] or "") and sent.get("csrf_token") == "token-1":
            self._say(303, "", ("Location", f"/trong?ten={sent['username']}"))
        else:
            self._say(400, "<main>Thiếu mã</main>")

    def _say(self, status: int, body: str, *headers: tuple[str, str], kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body.encode()))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Desk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_form_is_sent_with_its_token_and_cookie_and_the_redirect_is_followed(address):
    browser = Browser(address)

    inside = browser.press("Gửi", browser.get("/"), username="lan")

    assert inside.url == f"{address}/trong?ten=lan" and inside.page.text.startswith("Xin chào lan")
    assert browser.follow("Tải", inside).body == b"PK"


def test_another_browser_has_none_of_its_cookies(address):
    opened = Browser(address).get("/")

    with pytest.raises(StoryFailure, match="400: Thiếu mã"):
        Browser(address).press("Gửi", opened, username="lan")


def test_a_refusal_is_told_with_what_the_page_complains_of_and_nothing_that_is_hidden(address):
    with pytest.raises(StoryFailure) as refusal:
        Browser(address).get("/khong-co")

    assert str(refusal.value) == f"{address}/khong-co was answered 404: Không có trang này"


def test_what_is_not_on_the_page_cannot_be_pressed_or_followed(address):
    browser = Browser(address)
    opened = browser.get("/")

    with pytest.raises(StoryFailure, match="no button 'Duyệt'"):
        browser.press("Duyệt", opened)
    with pytest.raises(StoryFailure, match="no link 'Tải'"):
        browser.follow("Tải", opened)


def test_a_server_that_is_not_there_is_a_failure_of_the_story():
    with pytest.raises(StoryFailure, match="does not answer"):
        Browser("http://127.0.0.1:9").get("/")
