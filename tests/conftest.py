"""What every test may ask for: an application on a fresh, migrated database, on either engine."""

import os
import shutil
import sys
import uuid
from pathlib import Path

import psycopg
import pytest
from flask_migrate import upgrade
from playwright.sync_api import sync_playwright
from werkzeug.routing import Rule

from roomctl import clock
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.database import db

sys.path.insert(0, str(Path(__file__).parent))
from builders import Place, SetClock, hash_quickly
from postgresql_programs import POSTGRES, as_postgres

CHROMIUM = "/usr/bin/chromium"
SLOW_S, USUAL_S = 30.0, 0.15  # What a test takes that is marked as slow, and any other.
_compile_builder = Rule._compile_builder


def _compile_when_used(rule: Rule, append_unknown: bool = True):
    """Compile what builds a route's addresses when it is first asked for one: nearly every test has an application of its own with
    three hundred routes, builds no more than a few addresses, and compiling all of them would take longer than the test."""
    compiled = None

    def build(self, **values):
        nonlocal compiled
        compiled = compiled or _compile_builder(rule, append_unknown)
        return compiled(self, **values)

    return build


Rule._compile_builder = _compile_when_used


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    """Hash passwords and PINs with argon2's cheapest setting: what the dearer one is for is what `organisation.test_signin` is about."""
    hash_quickly(monkeypatch)


def pytest_collection_modifyitems(items) -> None:
    """Let the files that take longest begin first, so that at the end no worker goes on alone; the tests of a file stay as they are."""
    weights: dict[Path, float] = {}
    for item in items:
        weights[item.path] = weights.get(item.path, 0.0) + (SLOW_S if item.get_closest_marker("slow") is not None else USUAL_S)
    items.sort(key=lambda item: (-weights[item.path], item.path))


def settings_for(home: Path, url: str) -> Settings:
    return Settings(home=home, database_url=url, trusted_hosts=("localhost", "127.0.0.1"))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    """One migrated SQLite file, copied for each test."""
    home = tmp_path_factory.mktemp("template")
    path = home / "template.db"
    app = create_app(settings_for(home, f"sqlite:///{path}"))
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory):
    """A PostgreSQL server of our own, on a socket in a folder of its own; yields that folder."""
    if not POSTGRES.exists():
        pytest.fail("PostgreSQL 15 is missing: run `make test`, which installs Debian's package postgresql")
    home = Path(f"/tmp/roomctl-pg-{uuid.uuid4().hex[:8]}")  # noqa: S108 - a socket's path must be short
    home.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(home, "postgres", "postgres")
    as_postgres(str(POSTGRES / "initdb"), "-D", f"{home}/data", "-A", "trust", "-U", "roomctl", "-E", "UTF8", "--no-locale")
    options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off -c max_connections=200"
    as_postgres(str(POSTGRES / "pg_ctl"), "-D", f"{home}/data", "-o", options, "-l", f"{home}/log", "-w", "start")
    yield home
    as_postgres(str(POSTGRES / "pg_ctl"), "-D", f"{home}/data", "-m", "immediate", "stop")
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server, tmp_path_factory) -> Path:
    """The server, with a migrated database "template" to copy from."""
    with psycopg.connect(f"host={postgresql_server} user=roomctl dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    app = create_app(settings_for(tmp_path_factory.mktemp("pg"), f"postgresql+psycopg://roomctl@/migrated?host={postgresql_server}"))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return postgresql_server


def fresh_postgresql(server: Path) -> str:
    """Return the address of a fresh, migrated PostgreSQL database."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"host={server} user=roomctl dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
    return f"postgresql+psycopg://roomctl@/{name}?host={server}"


@pytest.fixture(scope="session")
def furnished_file(migrated_sqlite, tmp_path_factory) -> tuple[Path, dict[str, tuple[type, int]]]:
    """A migrated SQLite file with a place in it, copied for each test that asks for one, and what is called what there."""
    home = tmp_path_factory.mktemp("furnished")
    path = Path(shutil.copy(migrated_sqlite, home / "furnished.db"))
    app = create_app(settings_for(home, f"sqlite:///{path}"))
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        hash_quickly(patch)
        clock.set_source(SetClock())
        known = {name: (type(row), row.id) for name, row in vars(Place()).items()}
        clock.set_source(None)
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return path, known


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def sqlite_url(request, home, migrated_sqlite) -> str:
    """The address of a fresh, migrated SQLite database, with a place in it for tests that ask for `place`."""
    home.mkdir(mode=0o700)
    wanted = request.getfixturevalue("furnished_file")[0] if "furnished_file" in request.fixturenames else migrated_sqlite
    shutil.copy(wanted, home / "roomctl.db")
    return f"sqlite:///{home / 'roomctl.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine_url(request, home) -> str:
    """The address of a fresh, migrated database, on each engine in turn."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    home.mkdir(mode=0o700)
    return fresh_postgresql(request.getfixturevalue("postgresql_template"))


def _context(home: Path, url: str):
    app = create_app(settings_for(home, url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(home, sqlite_url):
    """The application on SQLite, inside its context."""
    yield from _context(home, sqlite_url)


@pytest.fixture
def app_on(home, engine_url):
    """The application on each engine in turn, inside its context."""
    yield from _context(home, engine_url)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shared_database(request, tmp_path_factory) -> tuple[Path, str]:
    """A home and the address of a fresh, migrated database for all tests of a module, on each engine in turn."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "postgresql":
        return home, fresh_postgresql(request.getfixturevalue("postgresql_template"))
    shutil.copy(request.getfixturevalue("migrated_sqlite"), home / "roomctl.db")
    return home, f"sqlite:///{home / 'roomctl.db'}"


@pytest.fixture(scope="module")
def shared_app(shared_database):
    """The application on that database, inside its context; each test undoes what it did."""
    yield from _context(*shared_database)


@pytest.fixture
def set_clock():
    """A clock that stands at Monday 1 March 2027, 08:00 in Hà Nội, until it is moved."""
    source = SetClock()
    clock.set_source(source)
    yield source
    clock.set_source(None)


@pytest.fixture
def place(app, set_clock, furnished_file) -> Place:
    """A centre and two provinces with people in every role, as rows of this test's own database."""
    place = Place.__new__(Place)
    vars(place).update({name: db.session.get_one(kind, key) for name, (kind, key) in furnished_file[1].items()})
    return place


@pytest.fixture(scope="session")
def chromium():
    """The one Chromium of all tests that need a screen; Playwright starts only once in a process."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync"])


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how often a screen called a leg secure that was not read back as such, over all runs of sessions."""
    counted = [value for reports in terminalreporter.stats.values() for report in reports if getattr(report, "when", "") == "teardown"
               for name, value in report.user_properties if name == "false_secure"]
    if counted:
        false, looks = (sum(column) for column in zip(*counted, strict=True))
        terminalreporter.write_line(f"false secure: {false} (of {looks} looks at legs shown as proven, in {len(counted)} runs of sessions)")
