"""A browser without a screen: cookies, redirects, forms with their CSRF tokens.  Standard library only."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from roomctl.story.page import Element, Form, read
from roomctl.story.telling import StoryFailure

ANSWERED_WITHIN_S = 30.0
LONGEST_SAID = 200  # Of a page that refused: enough to see why.


@dataclass
class Answer:
    """What came back: the page's elements for HTML, the bytes for everything."""

    url: str
    body: bytes
    page: Element


class Browser:
    """One person at one browser of their own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> Answer:
        """Open a page, given by its path or its whole address; raise StoryFailure when the server refuses it."""
        return self._asked(urllib.parse.urljoin(self._address, path), None)

    def press(self, button: str, on: Answer, **values: str) -> Answer:
        """Press a button of a form, with fields filled in; raise StoryFailure when there is none, or the server refuses."""
        return self.send(self.form(button, on).fill(**values), on)

    def form(self, button: str, on: Answer) -> Form:
        """Return the form with this button, to be filled in; raise StoryFailure when there is none."""
        form = on.page.form(button)
        if form is None:
            raise StoryFailure(f"{on.url} has no button {button!r}: {_said(on.page)}")
        return form

    def send(self, form: Form, on: Answer) -> Answer:
        return self._asked(urllib.parse.urljoin(on.url, form.action), urllib.parse.urlencode(form.fields).encode())

    def follow(self, words: str, on: Answer) -> Answer:
        """Follow the link with these words; raise StoryFailure when there is none."""
        target = on.page.link(words)
        if target is None:
            raise StoryFailure(f"{on.url} has no link {words!r}: {_said(on.page)}")
        return self.get(urllib.parse.urljoin(on.url, target))

    def sign_in(self, username: str, password: str) -> Answer:
        """Sign in and return the first page; raise StoryFailure when the server does not let the person in."""
        inside = self.press("Đăng nhập", self.get("/"), username=username, password=password)
        if inside.page.form("Đăng nhập") is not None:
            raise StoryFailure(f"{username} is not let in: {_said(inside.page)}")
        return inside

    def _asked(self, url: str, data: bytes | None) -> Answer:
        try:
            with self._opener.open(urllib.request.Request(url, data, {"Accept-Language": "vi"}), timeout=ANSWERED_WITHIN_S) as answer:  # noqa: S310
                body, kind, came_to = answer.read(), answer.headers.get_content_type(), answer.url
        except urllib.error.HTTPError as error:
            raise StoryFailure(f"{url} was answered {error.code}: {_said(read(error.read().decode('utf-8', 'replace')))}") from error
        except OSError as error:
            raise StoryFailure(f"{url} does not answer: {error}") from error
        return Answer(came_to, body, read(body.decode("utf-8", "replace")) if kind == "text/html" else Element("page"))


def _said(page: Element) -> str:
    """Return what a page complains of, or how it begins."""
    complaints = [one.text for one in page.inside() if (one["role"] == "alert" or "error" in one["class"].split())
                  and "hidden" not in one.attributes and "lost-banner" not in one["class"].split()]
    main = page.all("main")
    return (" ".join(filter(None, complaints)) or (main[0] if main else page).text)[:LONGEST_SAID]
