"""What the tests of pages share: people at browsers, panels on walls, and the sentences they should read."""

import shutil
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from builders import PASSWORD, Place, SetClock, hash_quickly
from sqlalchemy import text

from roomctl import clock
from roomctl.app import create_app
from roomctl.booking import decide, tables
from roomctl.config import Settings
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.organisation import signin, tokens
from roomctl.rooms import panels
from roomctl.sessions import control
from roomctl.sessions import tables as session_tables
from roomctl.timespan import Span
from roomctl.web.access import PANEL_COOKIE
from roomctl.web.public.sign_in import SIGN_IN_COOKIE
from roomctl.web.words import reason_sentence
from web.browser import Browser, read_in


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    """Hash passwords and PINs with argon2's cheapest setting, thirty times faster; it is not what these tests are about."""
    hash_quickly(monkeypatch)


def empty(app) -> None:
    """Let go of the database, so that its file may be replaced."""
    db.session.remove()
    db.engine.dispose()


def keep(app, name: str) -> None:
    """Keep the database as it is now under another name."""
    db.session.rollback()  # A transaction that still reads would make the checkpoint wait until it times out.
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.engine.dispose()
    home = app.config["SETTINGS"].home
    shutil.copy(home / "roomctl.db", home / name)


def equip(place: Place) -> None:
    """Give every room a codec and the place a bridge."""
    add = inventory.add_device
    common = {"username": "roomctl", "password": "geheim"}
    devices = [add(kind="codec", family="cisco_roomos", unit=room.unit, room=room, name=f"codec {room.code}", host="192.0.2.1",
                   port=room.id, dial_address=f"{room.code}@vc.example", **common) for room in (place.hall, place.room, place.other_room)]
    devices.append(add(kind="bridge", family="simulated_bridge", unit=place.centre, room=None, name="bridge", host="192.0.2.2", port=22,
                       pool=["7001@bridge.example"], ports=10, **common))
    for device in devices:
        inventory.note_host_key(device.id, fingerprint=f"SHA256:{device.id}", algorithm="ssh-ed25519")
        inventory.pin_host_key(device.id, f"SHA256:{device.id}", by=None)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory, migrated_sqlite):
    """The one application of all these tests, with the databases they begin with, and the place in them.

    One application is enough, since nothing but the database remembers; a place for each test would take longer than the tests.
    """
    home = tmp_path_factory.mktemp("web")
    shutil.copy(migrated_sqlite, home / "roomctl.db")
    app = create_app(Settings(home=home, database_url=f"sqlite:///{home / 'roomctl.db'}", trusted_hosts=("localhost", "127.0.0.1")))
    app.test_client_class = Browser
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        hash_quickly(patch)
        clock.set_source(SetClock())
        place = Place()
        keep(app, "furnished.db")
        equip(place)
        known = {name: (type(row), row.id) for name, row in vars(place).items()}
        keep(app, "equipped.db")
        clock.set_source(None)
        empty(app)
    return app, known


@pytest.fixture
def app(request, furnished):
    """The application on a database with nothing but the place in it, inside its context."""
    app, _ = furnished
    home = app.config["SETTINGS"].home
    shutil.rmtree(home / "anchor", ignore_errors=True)
    for rest in home.glob("roomctl.db-*"):
        rest.unlink()
    shutil.copy(home / ("equipped.db" if "equipped" in request.fixturenames else "furnished.db"), home / "roomctl.db")
    with app.app_context():
        yield app
        empty(app)


@pytest.fixture
def place(app, furnished, set_clock) -> Place:
    """The place, as rows of this test's own database."""
    place = object.__new__(Place)
    for name, (kind, key) in furnished[1].items():
        setattr(place, name, db.session.get_one(kind, key))
    return place


@pytest.fixture
def another_app(app):
    """A second application on the same database, for tests that give it routes."""
    other = create_app(app.config["SETTINGS"])
    other.test_client_class = Browser
    yield other
    with other.app_context():
        empty(other)


@pytest.fixture
def browser(app):
    """Return a fresh browser at each call."""
    return app.test_client


@pytest.fixture
def signed_in(browser):
    """Return the browser of somebody who has signed in."""

    def arrive(user, language: str = "vi") -> Browser:
        client = browser()
        client.set_cookie(SIGN_IN_COOKIE, signin.sign_in(user.username, PASSWORD, address="10.0.0.9"))
        return client.speak(language)

    return arrive


@pytest.fixture
def program(app):
    """Return a program that acts for a person: a client with their token, and what it answers as JSON."""

    def of(user, language: str = "vi"):
        token = tokens.add_token(user.username, name="a test")
        client = app.test_client()

        def send(method: str, path: str, **kwargs):
            headers = {"Authorization": f"Bearer {token}", "Accept-Language": language, **kwargs.pop("headers", {})}
            return client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

        send.token = token
        return send

    return of


@pytest.fixture
def csrf():
    """Return the token in a page's form."""

    def read(client: Browser, path: str) -> str:
        return client.page(path).csrf

    return read


@pytest.fixture
def paired_panel(browser):
    """Return a panel that was paired with a room by its code."""

    def pair(room) -> Browser:
        client = browser()
        answer = client.send("/panel/pair", {"code": panels.make_code(room.id, by=None)}, page="/panel/pair")
        assert answer.status_code == 303, answer.text
        assert client.get_cookie(PANEL_COOKIE) is not None
        return client

    return pair


@pytest.fixture
def sentence(app):
    """Return the sentence for a reason, in a language."""

    def say(reason: str, language: str = "vi", **facts) -> str:
        return read_in(app, language, lambda: reason_sentence(reason, facts))

    return say


@pytest.fixture
def counted(app):
    """Return how many rows a table has now."""

    def count(table: str) -> int:
        db.session.rollback()
        return db.session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - the tests' own words

    return count


@pytest.fixture
def everything_stored(app):
    """Return all that any table holds, as one text."""

    def read() -> str:
        db.session.rollback()
        tables = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        return "\n".join(str(tuple(row)) for table in tables for row in db.session.execute(text(f'SELECT * FROM "{table}"')))  # noqa: S608

    return read


@pytest.fixture
def equipped(place) -> Place:
    """The place with a codec in every room and a bridge, their host keys approved.  Nothing in these tests speaks to them."""
    return place  # The fixture `app` sees that this one is asked for, and begins with the other database.


@pytest.fixture
def book_soon(place):
    """Book a conference that begins in five minutes, granted by all; return its occurrence's id."""

    def book(**facts) -> int:
        start = clock.now() + timedelta(minutes=5)
        conference_id = place.book(**{"span": Span(start, start + timedelta(hours=1)), **facts})
        for approver in (place.province_approver, place.other_approver):
            for reservation in decide.queue_of(approver):
                decide.grant_reservation(reservation.id, by=approver)
        return tables.conference_by_id(conference_id).occurrences[0].id

    return book


@pytest.fixture
def start(equipped, book_soon):
    """Book, grant and start; return the session's id.  No worker runs: the legs stay as they are put."""

    def begin(**facts) -> int:
        return control.start_session(book_soon(**facts), lead=control.Lead(user=equipped.chair))

    return begin


@pytest.fixture
def put(app):
    """Put a session and its legs into a state, as a worker would have."""

    def write(session_id: int, *, legs: dict | None = None, **facts) -> None:
        with write_transaction():
            session = session_tables.session_for_update(session_id)
            for name, value in facts.items():
                setattr(session, name, value)
            for leg in session.legs:
                for name, value in (legs or {}).items():
                    setattr(leg, name, value)

    return write


@pytest.fixture
def on_screen(chromium):
    """Return a page of a signed-in browser as Chromium shows it, its policy and all; no server stands in between."""
    contexts = []

    def look(client: Browser, path: str, *, width: int = 1440, height: int = 900, **options):
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, **options))
        page = contexts[-1].new_page()

        def answer(route) -> None:
            asked = urlsplit(route.request.url)
            found = client.get(f"{asked.path}?{asked.query}", headers={"Accept-Language": route.request.headers.get("accept-language", "")})
            route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.data)

        page.route("**/*", answer)
        page.goto(f"http://localhost{path}")
        return page

    yield look
    for context in contexts:
        context.close()
