"""`roomctl init` makes an installation without demo accounts, and `roomctl person` keeps its people."""

import re
import shutil
import uuid
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from roomctl import cli_upkeep
from roomctl.app import create_app
from roomctl.cli import main
from roomctl.config import settings_from_environment
from roomctl.database import db
from roomctl.organisation import directory, signin
from roomctl.organisation.tables import User, an_administrator, units_in_order, user_by_username
from roomctl.organisation.units import Level
from roomctl.rooms.tables import Room, rooms_in_order
from roomctl.security_profiles.tables import SecurityProfile, current_profiles

CENTRE = ("--centre", "Văn phòng Trung ương")
ADMIN = ("--admin", "quantri", "--admin-name", "Vũ Đức Anh")
PASSWORD = re.compile(r"shown this once: (\S+)")


def run(*words: str, **more) -> Result:
    return CliRunner().invoke(main, list(words), **more)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A home after the first run, and what that run printed."""
    home = tmp_path_factory.mktemp("installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROOMCTL_HOME", str(home))
        patch.delenv("ROOMCTL_DATABASE", raising=False)
        return home, run("init", *CENTRE, *ADMIN)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty home."""
    monkeypatch.setenv("ROOMCTL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ROOMCTL_DATABASE", raising=False)
    return tmp_path / "home"


@pytest.fixture
def after_first_run(home, installed) -> Path:
    shutil.copytree(installed[0], home)
    return home


@pytest.fixture
def small(monkeypatch):
    """A country of one unit, for what does not hang on its size."""
    monkeypatch.setattr(cli_upkeep.seeding, "seed_country",
                        lambda *, centre_name: directory.add_unit(code="TW", name=centre_name, level=Level.CENTRAL))


@pytest.fixture
def at_terminal(monkeypatch):
    monkeypatch.setattr(cli_upkeep, "_at_terminal", lambda: True)


@pytest.fixture
def stored(home):
    """Look into the home's database."""

    def look(read):
        with create_app(settings_from_environment()).app_context():
            try:
                return read()
            finally:
                db.session.remove()
                db.engine.dispose()

    return look


def counts() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (User, Room, SecurityProfile)] + [len(units_in_order())]


def test_without_words_and_without_a_terminal_it_makes_the_database_and_says_what_is_missing(home, stored):
    answer = run("init")

    assert (answer.exit_code, stored(counts)) == (0, [0, 0, 0, 0])
    assert "There are no units yet" in answer.output and "--centre NAME" in answer.output


@pytest.mark.slow
def test_the_first_run_fills_the_country(installed, after_first_run, stored):
    _, answer = installed

    assert answer.exit_code == 0, answer.output
    assert stored(counts) == [1, 3356, 3, 3356]
    assert stored(lambda: [profile.key for profile in current_profiles()]) == ["thuong", "noi-bo", "mat"]
    assert stored(lambda: {room.unit_id for room in rooms_in_order()} == {unit.id for unit in units_in_order()})


@pytest.mark.slow
def test_the_first_administrator_gets_a_password_that_must_be_changed_and_is_not_kept(installed, after_first_run, stored):
    password = PASSWORD.search(installed[1].output)[1]

    administrator = stored(an_administrator)
    assert (administrator.username, administrator.name, administrator.must_change_password) == ("quantri", "Vũ Đức Anh", True)
    assert stored(lambda: signin.sign_in("quantri", password, address="10.0.0.7"))
    assert not any(password.encode() in path.read_bytes() for path in after_first_run.rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), (*CENTRE, *ADMIN), ("--rooms",), ("--admin", "khac")])
def test_a_second_run_says_what_is_there_and_adds_nothing(after_first_run, stored, words):
    before = stored(counts)

    answer = run("init", *words)

    assert (answer.exit_code, stored(counts)) == (0, before)
    assert "Units: 3356" in answer.output and "Rooms: 3356" in answer.output and "Administrator: quantri." in answer.output
    assert PASSWORD.search(answer.output) is None


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_first_run_works_on_postgresql_too(home, postgresql_server, monkeypatch, stored):
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"host={postgresql_server} user=roomctl dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    monkeypatch.setenv("ROOMCTL_DATABASE", f"postgresql+psycopg://roomctl@/{name}?host={postgresql_server}")

    answers = [run("init", *CENTRE, *ADMIN) for _ in range(2)]

    assert [answer.exit_code for answer in answers] == [0, 0]
    assert stored(counts) == [1, 3356, 3, 3356]


def test_rooms_are_left_out_when_told_so_and_added_when_asked_for_later(home, small, stored):
    run("init", *CENTRE, *ADMIN, "--no-rooms")
    without, again = stored(counts), run("init")

    run("init", "--rooms")

    assert (without, stored(counts)) == ([1, 0, 3, 1], [1, 1, 3, 1])
    assert "Rooms: none yet" in again.output


def test_an_administrator_is_added_later_when_there_is_none(home, small, stored):
    first = run("init", *CENTRE)

    second = run("init", *ADMIN)

    assert "Administrator: none yet" in first.output
    assert PASSWORD.search(second.output) and stored(counts)[0] == 1


def test_somebody_with_an_account_becomes_the_administrator_and_keeps_their_password(home, small, stored):
    run("init", *CENTRE)
    run("person", "add", "quantri", "Vũ Đức Anh", "--unit", "TW")

    answer = run("init", "--admin", "quantri")

    assert "Administrator: quantri." in answer.output and PASSWORD.search(answer.output) is None
    assert stored(an_administrator).username == "quantri"


def test_at_a_terminal_it_asks_for_what_was_not_given(home, small, at_terminal, stored):
    answer = run("init", input="Văn phòng Trung ương\nn\nquantri\nVũ Đức Anh\n")

    assert (answer.exit_code, stored(counts)) == (0, [1, 0, 3, 1])
    assert stored(an_administrator).name == "Vũ Đức Anh"


def test_at_a_terminal_whoever_answers_nothing_changes_nothing(home, at_terminal, stored):
    answer = run("init", input="\n")

    assert (answer.exit_code, stored(counts)) == (0, [0, 0, 0, 0])


@pytest.mark.parametrize("words", [ADMIN, ("--rooms",), ("--centre", "a\x00b")])
def test_words_that_cannot_be_followed_are_a_mistake_of_usage(home, words):
    assert run("init", *words).exit_code == 2


def test_a_bad_username_ends_in_words_and_not_in_a_traceback(home, small):
    answer = run("init", *CENTRE, "--admin", "quản trị")

    assert (answer.exit_code, type(answer.exception)) == (1, SystemExit)
    assert "bad_username" not in answer.output and "Error:" in answer.output


# People


@pytest.fixture
def with_units(home, small):
    run("init", *CENTRE, *ADMIN)


def test_a_person_is_added_with_roles_and_can_sign_in(with_units, stored):
    answer = run("person", "add", "Lan", "Trần Thị Lan", "--unit", "tw", "--role", "staff", "--role", "approver", "--role", "staff")

    password = PASSWORD.search(answer.output)[1]
    assert answer.exit_code == 0
    assert stored(lambda: sorted(grant.role for grant in user_by_username("lan").standing_grants())) == ["approver", "staff"]
    assert stored(lambda: signin.sign_in("lan", password, address="10.0.0.7"))


@pytest.mark.parametrize("words", [
    ("lan", "Lan", "--unit", "KHONG"), ("quantri", "Lan", "--unit", "TW"), ("lan tran", "Lan", "--unit", "TW"), ("lan", " ", "--unit", "TW")])
def test_a_person_who_cannot_be_added_is_refused_in_words(with_units, stored, words):
    answer = run("person", "add", *words)

    assert (answer.exit_code, type(answer.exception), stored(counts)[0]) == (1, SystemExit, 1)
    assert re.search(r"Error: \S.* ", answer.output)


def test_an_unknown_role_is_a_mistake_of_usage(with_units):
    assert run("person", "add", "lan", "Lan", "--unit", "TW", "--role", "king").exit_code == 2


def test_a_new_password_replaces_the_old_one(with_units, stored):
    first = PASSWORD.search(run("person", "add", "lan", "Lan", "--unit", "TW").output)[1]

    second = PASSWORD.search(run("person", "password", " LAN ").output)[1]

    assert stored(lambda: [signin.secret_matches(user_by_username("lan").password_hash, one) for one in (first, second)]) == [False, True]
    assert stored(lambda: user_by_username("lan").must_change_password)


@pytest.mark.parametrize("username", ["nobody", "\x00", ""])
def test_nobody_gets_a_password_who_has_no_account(with_units, username):
    assert run("person", "password", username).exit_code == 1
