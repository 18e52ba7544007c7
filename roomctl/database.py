"""The database: its engine, its moments, and the one way to write.

SQLite and PostgreSQL from the start.  Every change happens inside `write_transaction()`: SQLite then holds its
write lock from the first statement (BEGIN IMMEDIATE), so a read that turns into a write never meets
"database is locked".
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Engine, MetaData, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from roomctl.errors import NestedWrite

BUSY_TIMEOUT_MS = 15_000  # Nobody waits longer than this for somebody else's write, on either engine.
LOOK_AGAIN_S = 0.001
CONNECT_TIMEOUT_S = 5
# A machine that lost its power says no goodbye.
SILENCE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class Moment(TypeDecorator[datetime]):
    """A UTC moment with microseconds, on both engines; a naive datetime is refused rather than guessed at."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def engine_options(url: str) -> dict[str, object]:
    """Return how the database is spoken to.

    An error names no values: it ends in the program's log, where no title belongs.  A connection to PostgreSQL that died
    with its server is replaced unseen, and a server that does not answer is given up.
    """
    if not url.startswith("postgresql"):
        return {"hide_parameters": True}
    return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_TIMEOUT_S, **SILENCE}}


def listen(engine: Engine) -> None:
    """Give a SQLite engine foreign keys, WAL and an explicit BEGIN, and PostgreSQL the same limit to waiting."""
    if engine.dialect.name == "postgresql":

        @event.listens_for(engine, "connect")
        def _limit(connection, _record) -> None:
            connection.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
            connection.commit()

        return

    @event.listens_for(engine, "connect")
    def _set_up(connection, _record) -> None:
        connection.isolation_level = None  # The driver's own implicit BEGIN would be DEFERRED.
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # The trail must survive a power cut, not only a crash.
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection) -> None:
        until = connection.get_execution_options().get("write_until")
        if until is None:
            connection.exec_driver_sql("BEGIN DEFERRED")
        elif not _began_writing(connection.connection.cursor(), until):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _began_writing(cursor: sqlite3.Cursor, until: float) -> bool:
    """Begin as soon as nobody else writes; False when SQLite refuses for another reason, and SQLAlchemy is to say which.

    SQLite makes a writer that finds the lock taken sleep ever longer, up to a tenth of a second, while the lock is free
    again after some milliseconds: many writers leave it free for most of the time.
    """
    cursor.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < until:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    return False
                time.sleep(LOOK_AGAIN_S)
            else:
                return True
        raise PoolTimeout("others write to the database for too long")
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


DatabaseUnreachable = DBAPIError  # What reading raises when the database is gone or was never made; pages know it by this name.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)  # Gone, restarting, or too busy: what waiting mends.


@contextmanager
def write_transaction() -> Iterator[Session]:
    """Open the transaction in which a use case makes its change; commit at the end, roll back on any error.

    A reading transaction that is open (the signed-in user was looked up, say) is ended first, since SQLite cannot
    turn it into a writing one safely.  Steps registered with `before_commit` run last, in order of registration.
    Raises NestedWrite inside another write_transaction().
    """
    session = db.session()
    if session.info.get("writing"):
        raise NestedWrite
    session.rollback()
    session.expire_all()  # Without an open transaction the rollback forgets nothing, and rows would be as they once were.
    session.info["writing"], session.info["last_steps"] = True, []
    try:
        with _turn() as until:
            session.connection(execution_options={"write_until": until})
            yield session
            session.flush()
            for step in session.info["last_steps"]:
                step()
            session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


_WRITERS = threading.Lock()


@contextmanager
def _turn() -> Iterator[float | None]:
    """Let the threads of a process write to SQLite one after another, so that only one of them looks for the lock.

    Yields until when it may look: what it has waited for its turn is taken off.
    """
    if is_postgresql():
        yield None
        return
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    if not _WRITERS.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        raise PoolTimeout("the other writers of this process take too long")
    try:
        yield until
    finally:
        _WRITERS.release()


@contextmanager
def reading() -> Iterator[Connection]:
    """Yield a connection for a few questions whose answers are rows, outside the session and its objects.

    On PostgreSQL no transaction stands around them, which would be two more journeys; each is answered of its own moment.
    """
    with db.engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT") if is_postgresql() else connection


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every question inside be answered of one moment, while others go on writing."""
    session = db.session()
    session.rollback()
    if is_postgresql():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})  # SQLite reads so by itself.
    try:
        yield
    finally:
        session.rollback()


def let_go() -> None:
    """End the open transaction and forget its rows; when the connection broke meanwhile, it has ended already."""
    with suppress(*DATABASE_AWAY):
        db.session.rollback()
    db.session.remove()


def before_commit(step: Callable[[], None], *, first: bool = False) -> None:
    """Run `step` at the very end of the open write transaction; a step already waiting is not added again.

    One that locks rows goes `first`: the trail's lock, which all take, is always the last one.
    """
    steps = db.session().info["last_steps"]
    if step not in steps:
        steps.insert(0 if first else len(steps), step)


def lock_name(name: str) -> None:
    """Let nobody else pass here with the same name until this transaction ends; on SQLite nobody writes beside us anyway."""
    if is_postgresql():
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def is_postgresql() -> bool:
    """True on PostgreSQL; the two places that need it are the room locks and the trail's lock."""
    return db.engine.dialect.name == "postgresql"
