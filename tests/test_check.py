"""`roomctl check`: plain sentences, and an exit code for whoever asks by a script."""

from contextvars import Context

import pytest
from builders import Place, hash_quickly
from click.testing import Result
from flask.cli import ScriptInfo
from sqlalchemy import text

from roomctl import cli
from roomctl.app import create_app
from roomctl.audit import trail
from roomctl.config import Settings
from roomctl.database import write_transaction


@pytest.fixture
def check(app_on, monkeypatch):
    hash_quickly(monkeypatch)

    def run(*arguments: str, app=app_on) -> Result:
        asked = ["check", *arguments]  # In a context of its own: otherwise it would be the test's application that is checked.
        return Context().run(app.test_cli_runner().invoke, cli.main, asked, obj=ScriptInfo(create_app=lambda: app))

    return run


def test_an_empty_database_keeps_every_promise(check):
    found = check()

    assert found.exit_code == 0
    assert all(line.startswith("Holds: ") for line in found.output.splitlines())


def test_whatever_is_kept_is_said_in_a_sentence_each(check, set_clock):
    Place().book()
    trail.checkpoint()

    found = check()

    assert (found.exit_code, len(found.output.splitlines())) == (0, 24)
    assert all(line.endswith(".") for line in found.output.splitlines())


def test_what_is_broken_is_named_below_its_promise_and_by_ids_only(check, set_clock):
    conference_id = Place().book(title="Chuyện riêng")
    with write_transaction() as session:
        session.execute(text("UPDATE occurrences SET cancelled_at = planned_start_at"))

    found = check()

    assert found.exit_code == 1
    lines = found.output.splitlines()
    place = lines.index("BROKEN: A cancelled conference holds nothing.")
    assert lines[place + 1].startswith("- reservation:")
    assert f"conference:{conference_id}" not in lines[0]
    assert "riêng" not in found.output


@pytest.mark.parametrize("arguments", [["now"], ["--all"], ["-x", "1"]])
def test_it_takes_no_arguments(check, arguments):
    assert check(*arguments).exit_code == 3


def test_a_database_that_cannot_be_read_is_neither_whole_nor_broken(check, tmp_path):
    nowhere = create_app(Settings(home=tmp_path, database_url=f"postgresql+psycopg://roomctl@/roomctl?host={tmp_path}"))

    found = check(app=nowhere)

    assert (found.exit_code, "cannot be read" in found.stderr) == (2, True)
