"""Every change happens inside write_transaction(): whole or not at all, and never "database is locked"."""

import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from builders import NOW
from sqlalchemy import func, make_url, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from roomctl import database
from roomctl.app import create_app
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.audit.tables import TrailEntry, TrailPayload
from roomctl.config import Settings
from roomctl.database import DATABASE_AWAY, before_commit, db, let_go, snapshot, write_transaction
from roomctl.errors import NestedWrite
from roomctl.organisation.tables import FailedTry


def a_change(subject: str = "user:an") -> FailedTry:
    return FailedTry(subject=subject, at=NOW)


def how_many(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_change_is_committed_at_the_end(app_on):
    with write_transaction() as session:
        session.add(a_change())

    assert how_many(FailedTry) == 1


def test_a_write_inside_a_write_is_refused_and_nothing_of_either_stays(app_on):
    with pytest.raises(NestedWrite), write_transaction() as session:
        session.add(a_change())
        with write_transaction():
            pass

    assert how_many(FailedTry) == 0


def test_after_a_refused_nesting_the_next_write_works(app_on):
    with pytest.raises(NestedWrite), write_transaction(), write_transaction():
        pass

    with write_transaction() as session:
        session.add(a_change())

    assert how_many(FailedTry) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_any_error_rolls_everything_back(app_on, error):
    with pytest.raises(error), write_transaction() as session:
        session.add(a_change())
        session.flush()
        raise error

    assert how_many(FailedTry) == 0


def test_an_error_in_the_last_step_rolls_everything_back(app_on):
    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError), write_transaction() as session:
        session.add(a_change())
        before_commit(fail)

    assert how_many(FailedTry) == 0


def test_last_steps_run_once_in_the_order_they_were_registered(app):
    ran: list[str] = []

    def first() -> None:
        ran.append("first")

    def second() -> None:
        ran.append("second")

    with write_transaction():
        before_commit(first)
        before_commit(second)
        before_commit(first)

    assert ran == ["first", "second"]


def test_the_change_and_its_trail_entry_are_written_together(app_on):
    with write_transaction() as session:
        session.add(a_change())
        trail.append(EventKind.SIGN_IN_REFUSED, subject="user:an", outcome="refused")

    assert (how_many(FailedTry), how_many(TrailEntry), how_many(TrailPayload)) == (1, 1, 1)


def test_a_change_that_fails_leaves_no_trail_entry(app_on):
    with pytest.raises(RuntimeError), write_transaction():
        trail.append(EventKind.SIGN_IN_REFUSED, subject="user:an")
        raise RuntimeError

    assert (how_many(TrailEntry), how_many(TrailPayload)) == (0, 0)


def test_a_trail_entry_that_cannot_be_written_takes_the_change_with_it(app_on):
    with pytest.raises(Exception, match="object"), write_transaction() as session:
        session.add(a_change())
        trail.append(EventKind.SIGN_IN_REFUSED, subject="user:an", unwritable=object())

    assert (how_many(FailedTry), how_many(TrailEntry)) == (0, 0)


def test_the_entry_of_a_failed_change_does_not_turn_up_in_the_next(app_on):
    with pytest.raises(RuntimeError), write_transaction():
        trail.append(EventKind.SIGN_IN_REFUSED, subject="user:failed")
        raise RuntimeError

    with write_transaction():
        trail.append(EventKind.SIGN_IN_REFUSED, subject="user:good")

    assert db.session.scalars(select(TrailEntry.subject)).all() == ["user:good"]


def test_a_write_sees_what_others_committed_after_this_session_began_to_read(app_on):
    how_many(FailedTry)
    db.session.scalar(select(FailedTry))  # A reading transaction is open, with a view of an empty table.

    in_another_thread(app_on, lambda: add_one("user:other"))

    with write_transaction() as session:
        assert session.scalar(select(func.count()).select_from(FailedTry)) == 1


def test_a_write_sees_what_others_changed_since_this_sessions_own_last_write(app_on):
    with write_transaction() as session:
        mine = a_change("user:before")
        session.add(mine)
    changed_id = mine.id

    def change_it() -> None:
        with write_transaction() as session:
            session.get_one(FailedTry, changed_id).subject = "user:after"

    in_another_thread(app_on, change_it)

    with write_transaction() as session:
        assert session.get_one(FailedTry, changed_id).subject == "user:after"


def test_many_who_read_first_and_then_write_all_succeed(app_on):
    together = threading.Barrier(4)

    def read_then_write(number: int) -> None:
        with app_on.app_context():
            together.wait()
            for turn in range(10):
                db.session.scalar(select(func.count()).select_from(FailedTry))
                add_one(f"user:{number}-{turn}")
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read_then_write, range(4)))

    assert how_many(FailedTry) == 40


def test_a_naive_moment_is_refused_rather_than_guessed_at(app):
    with pytest.raises(StatementError, match="naive datetime"), write_transaction() as session:
        session.add(FailedTry(subject="user:an", at=datetime(2027, 3, 1)))


def test_a_moment_comes_back_in_utc_to_the_microsecond(app_on):
    local = datetime(2027, 3, 1, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=7)))

    with write_transaction() as session:
        session.add(FailedTry(subject="user:an", at=local))
    db.session.expire_all()

    found = db.session.scalar(select(FailedTry.at))
    assert (found, found.tzinfo) == (datetime(2027, 3, 1, 1, 0, 0, 123456, tzinfo=UTC), UTC)


def test_a_snapshot_is_of_one_moment_whatever_others_write_meanwhile(app_on):
    with snapshot():
        before = db.session.scalar(select(func.count()).select_from(FailedTry))
        in_another_thread(app_on, lambda: add_one("user:other"))
        assert db.session.scalar(select(func.count()).select_from(FailedTry)) == before == 0

    assert how_many(FailedTry) == 1


def test_whoever_waits_for_another_process_waits_the_time_there_is_once_and_not_twice(app, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 2000)
    other = sqlite3.connect(make_url(app.config["SETTINGS"].database_url).database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()

    with pytest.raises(DATABASE_AWAY):
        add_one("user:an")

    assert 2.0 <= time.monotonic() - begun < 3.8
    other.execute("ROLLBACK")
    other.close()
    add_one("user:an")
    assert how_many(FailedTry) == 1


def test_nobody_waits_for_ever_for_somebody_elses_write(app_on, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 100)
    impatient = create_app(app_on.config["SETTINGS"])

    def write_the_same_row() -> str:
        with impatient.app_context(), pytest.raises(DATABASE_AWAY), write_transaction() as session:
            session.get_one(FailedTry, 1, with_for_update=True)
        with impatient.app_context():
            db.engine.dispose()
        return "gave up"

    add_one("user:an")
    with write_transaction() as session, ThreadPoolExecutor(1) as pool:
        session.get_one(FailedTry, 1, with_for_update=True)
        assert pool.submit(write_the_same_row).result() == "gave up"


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_connection_that_breaks_between_question_and_end_is_let_go_without_an_error(app_on):
    how_many(FailedTry)
    process = db.session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(make_url(app_on.config["SETTINGS"].database_url.replace("+psycopg", "")).render_as_string(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    let_go()

    assert how_many(FailedTry) == 0


def test_a_server_that_takes_the_call_and_never_speaks_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "CONNECT_TIMEOUT_S", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://roomctl@127.0.0.1:{silent.getsockname()[1]}/roomctl"
        app = create_app(Settings(home=tmp_path, database_url=url))

        with app.app_context(), pytest.raises(DATABASE_AWAY):
            how_many(FailedTry)


def test_an_error_of_the_database_names_no_values(app_on):
    with pytest.raises(DBAPIError) as error, write_transaction() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:title)"), {"title": "Họp kín"})

    assert "Họp kín" not in str(error.value)


def add_one(subject: str) -> None:
    with write_transaction() as session:
        session.add(a_change(subject))


def in_another_thread(app, task) -> None:
    def run() -> None:
        with app.app_context():
            task()
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()
