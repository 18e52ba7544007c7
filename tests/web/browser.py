"""A browser without a screen: real requests, each in a context of its own, and pages read as a person reads them."""

import re
from collections.abc import Callable
from contextvars import Context
from functools import cached_property
from html.parser import HTMLParser
from typing import TypeVar

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

T = TypeVar("T")
VOID = {"meta", "link", "input", "br", "img", "hr"}
BOOKING = "/staff/conferences"
BOOKING_FORM = "/staff/conferences/new"


class Browser(FlaskClient):
    """A client whose requests share nothing with the test that makes them.

    Flask would run a request in the test's own application context, and flask-login keeps there whom it saw first.
    """

    def open(self, *args, **kwargs) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)

    def page(self, path: str, **kwargs) -> "Page":
        return Page(self.get(path, **kwargs).text)

    def speak(self, language: str) -> "Browser":
        """Keep the cookie of a chosen language."""
        self.set_cookie("roomctl_language", language)
        return self

    def send(self, path: str, data=None, *, page: str = "/sign-in", **kwargs) -> TestResponse:
        """Submit a form with the token of the page it stands on."""
        token = self.page(page, follow_redirects=True).csrf
        return self.post(path, data={**(data or {}), "csrf_token": token}, **kwargs)


class Page(HTMLParser):
    """A page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._spoken: list[str] = []
        self._rows: list[list[str]] = []
        self._open: list[str] = []
        self.inline_scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self._rows.append([])

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        last = self._open.pop()
        assert last == tag, f"</{tag}> closes <{last}>"

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        self._spoken.append(data)
        if "tr" in self._open:
            self._rows[-1].append(data)
        if self._open and self._open[-1] in ("script", "style") and data.strip():
            self.inline_scripts.append(data)

    @cached_property
    def text(self) -> str:
        """The page's words, blanks made single."""
        return re.sub(r"\s+", " ", " ".join(self._spoken))

    @cached_property
    def rows(self) -> list[str]:
        """The words of each table row, blanks made single."""
        return [re.sub(r"\s+", " ", " ".join(words)).strip() for words in self._rows]

    @property
    def unclosed(self) -> list[str]:
        return list(self._open)

    def named(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [found for name, found in self.elements if name == tag and wanted.items() <= found.items()]

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return next(found.get("value", "") for tag, found in self.elements if tag == "input" and found.get("name") == name)

    @property
    def csrf(self) -> str:
        return self.value("csrf_token")

    @property
    def links(self) -> set[str]:
        return {found["href"] for found in self.named("a") if found.get("href", "").startswith("/")}

    @property
    def actions(self) -> set[str]:
        return {found["action"] for found in self.named("form")}

    @property
    def language(self) -> str:
        return next(found.get("lang", "") for tag, found in self.elements if tag == "html")


def read_in(app, language: str, say: Callable[[], T]) -> T:
    """Return what `say` says to a reader of that language, in a context of its own."""

    def reading() -> T:
        with app.test_request_context(headers={"Cookie": f"roomctl_language={language}"}):
            return say()

    return Context().run(reading)


def booking(place, **typed) -> dict:
    """Return the booking form filled in well, for tomorrow at 08:00 in the hall and the province's room."""
    return {
        "day": "02/03/2027", "start": "08:00", "end": "09:00", "profile": str(place.profile.id), "title": "Giao ban tuần",
        "code_name": "", "chair": str(place.chair.id), "rooms": [str(place.hall.id), str(place.room.id)],
        "host_room": str(place.hall.id), "on_behalf_of": "", "attendees": "", "contact_name": "", "contact_phone": "",
        "key": "", "book": "1", **typed,
    }
