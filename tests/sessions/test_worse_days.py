"""Days on which it is not a codec that fails: the bridge, the database, the disk, the panel."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from studio import leg_of

from roomctl import clock
from roomctl.audit import tables as trail_tables
from roomctl.booking import pins
from roomctl.database import DATABASE_AWAY, db, write_transaction
from roomctl.sessions import control, plan, tables
from roomctl.sessions.roster import roster_of
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    """The limits of real rooms are minutes; the simulated ones need tenths of a second."""
    for name, seconds in {"PREPARE_WITHIN": 2, "FIND_WITHIN": 2, "ANSWER_WITHIN": 2, "MEDIA_WITHIN": 1.5, "LOOK_FOR_CALL": 0.5,
                          "END_WITHIN": 3}.items():
        monkeypatch.setattr(plan, name, timedelta(seconds=seconds))


def test_a_bridge_that_is_killed_in_a_live_session_leaves_no_leg_proven_and_the_session_not_secure(studio, run):
    studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)

    studio.bridge.stop()

    session = run.until(lambda one: all(leg.state != LegState.PROVEN for leg in one.legs), within_s=30)
    assert session.verdict in (Verdict.NOT_PROVEN, Verdict.NOT_SECURE)
    assert roster_of(session, now=clock.now()).secure_now is False


def test_while_the_database_is_away_nothing_stays_green_and_afterwards_there_is_a_gap(studio, run, monkeypatch):
    studio.start()
    session = run.until(lambda one: one.state == SessionState.LIVE)

    def away():
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    with monkeypatch.context() as minute:
        minute.setattr(tables, "running_sessions", away)
        with pytest.raises(DATABASE_AWAY):
            run.engine.tick()
        later = clock.now() + timedelta(minutes=1)
        assert {line.shown for line in roster_of(session, now=later).lines} == {"unknown"}
    with write_transaction():
        for leg in tables.session_for_update(session.id).legs:
            leg.checked_at = leg.check_due_at = leg.checked_at - timedelta(minutes=1)

    session = run.until(lambda one: len(tables.gaps_of(one.id)) == 3)

    assert (session.state, session.verdict) == (SessionState.LIVE, Verdict.NOT_PROVEN)


@pytest.fixture
def full_disk(app):
    """Call it to let the database grow no further, and again with False to make room."""

    def change(is_full: bool = True) -> None:
        db.session.rollback()
        pages = db.session.scalar(text("PRAGMA page_count"))
        db.session.rollback()
        db.engine.dispose()  # A limit belongs to a connection; each new one takes it up.
        limit["pages"] = pages if is_full else 2**30

    def take_up(connection, _record) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

    limit = {"pages": 2**30}
    db.event.listen(db.engine, "connect", take_up)
    yield change
    db.event.remove(db.engine, "connect", take_up)


def fill_up_what_is_left() -> None:
    """Use up the last page that is already there, so that the next entry needs another."""
    with pytest.raises(OperationalError):
        while True:
            with write_transaction() as session:
                session.execute(text("INSERT INTO idempotency_keys (user_id, key, subject, created_at) VALUES "
                                     "(1, lower(hex(randomblob(30))), lower(hex(randomblob(40))), '2026-01-01 00:00:00')"))


def test_with_a_full_disk_an_end_is_refused_as_a_whole_and_carried_out_when_there_is_room(studio, run, full_disk):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    full_disk()
    fill_up_what_is_left()

    entries = None
    with pytest.raises(OperationalError):
        for _ in range(300):  # A few more entries may still fit into pages that are there.
            with write_transaction():
                tables.session_for_update(session_id).state = SessionState.LIVE
            entries = trail_tables.end_of_chain()
            control.end_session(session_id, lead=studio.lead)
    db.session.rollback()
    db.session.expire_all()

    assert tables.session_by_id(session_id).state == SessionState.LIVE
    assert trail_tables.end_of_chain() == entries
    full_disk(False)
    control.end_session(session_id, lead=studio.lead)
    session = run.until(lambda one: one.ended_at is not None)
    assert session.state == SessionState.ENDED


def test_a_panel_that_goes_away_as_soon_as_the_button_is_pressed_keeps_no_session_from_going_live(studio, run):
    occurrence_id = studio.book_now()
    pin = pins.make_pin(occurrence_id, by=studio.place.chair)

    control.start_session(occurrence_id, lead=control.Lead(panel_room_id=studio.place.hall.id), pin=pin)

    session = run.until(lambda one: one.state == SessionState.LIVE)  # Nobody asks for the panel's screen.
    assert session.started_from_room_id == studio.place.hall.id
    assert leg_of(session, "hall").state == LegState.PROVEN
