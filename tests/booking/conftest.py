"""What the tests of booking share: people are many here, so they are made once and copied with the database."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import Place, SetClock, hash_quickly

from roomctl import clock
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.database import db


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@dataclass
class Furnished:
    """A migrated SQLite file with a Place in it, and what is called what there."""

    path: Path
    rows: dict[str, tuple[type, int]]


@pytest.fixture(scope="session")
def furnished(migrated_sqlite, tmp_path_factory) -> Furnished:
    home = tmp_path_factory.mktemp("furnished")
    path = Path(shutil.copy(migrated_sqlite, home / "furnished.db"))
    app = create_app(Settings(home=home, database_url=f"sqlite:///{path}"))
    clock.set_source(SetClock())
    with app.app_context(), pytest.MonkeyPatch.context() as monkeypatch:
        hash_quickly(monkeypatch)
        rows = {name: (type(row), row.id) for name, row in vars(Place()).items()}
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    clock.set_source(None)
    return Furnished(path, rows)


@pytest.fixture
def sqlite_url(home, furnished) -> str:
    home.mkdir(mode=0o700)
    shutil.copy(furnished.path, home / "roomctl.db")
    return f"sqlite:///{home / 'roomctl.db'}"


@pytest.fixture
def place(app, set_clock, furnished) -> Place:
    place = Place.__new__(Place)
    vars(place).update({name: db.session.get_one(kind, row_id) for name, (kind, row_id) in furnished.rows.items()})
    return place
