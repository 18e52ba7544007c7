"""Whether the time that evidence carries is to be trusted: found out, written down, told once, and marked."""

import os
import socket
from datetime import UTC, datetime, timedelta

import pytest
from builders import Place, hash_quickly
from sqlalchemy import select, text
from studio import leg_of

from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.notices.tables import Notice
from roomctl.sessions import clock_tables, evidence, kernel_clock, tables, timekeeping
from roomctl.sessions.clock_tables import ClockSpan
from roomctl.sessions.kernel_clock import KernelClock
from roomctl.sessions.roster import roster_of
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.timekeeping import Timekeeper, clock_of, judge
from roomctl.sessions.verdict import Verdict

GOOD, UNSYNCHRONISED, UNKNOWN = KernelClock(True, 5), KernelClock(False, 16_000), KernelClock(None)
HOST = socket.gethostname()[:64]


@pytest.mark.parametrize(("kernel", "offset_s", "trusted", "reason"), [
    (GOOD, None, "yes", ""), (GOOD, 1.9, "yes", ""), (GOOD, 2.1, "no", "far_from_database"), (GOOD, -600, "no", "far_from_database"),
    (UNSYNCHRONISED, None, "no", "not_synchronised"), (UNKNOWN, None, "unknown", "kernel_not_asked"), (UNKNOWN, 0.0, "unknown", "kernel_not_asked"),
    (UNKNOWN, 5, "no", "far_from_database")])
def test_a_clock_is_trusted_only_when_the_kernel_says_so_and_nothing_speaks_against_it(kernel, offset_s, trusted, reason):
    found = judge(kernel, timedelta(seconds=offset_s) if offset_s is not None else None, None)

    assert (found.trusted, found.reason) == (trusted, reason)


def test_the_kernel_answers_or_is_unknown_and_is_never_set():
    before = os.times().elapsed

    told = kernel_clock.ask_kernel()

    assert told.synchronised in (True, False, None)
    assert os.times().elapsed - before < 5


def test_a_machine_whose_kernel_cannot_be_asked_is_unknown(monkeypatch):
    monkeypatch.setattr(kernel_clock.ctypes.util, "find_library", lambda _: None)

    assert kernel_clock.ask_kernel().synchronised is None


class Watch:
    """A timekeeper whose kernel, wall clock and monotonic clock a test sets."""

    def __init__(self, set_clock) -> None:
        self.kernel, self.set_clock, self.elapsed = GOOD, set_clock, 1000.0
        self.keeper = Timekeeper(lambda: self.kernel, lambda: self.elapsed)

    def look(self, *, after_s: float = 10, wall_s: float | None = None) -> timekeeping.Found:
        """Look once more, so much later; the wall clock goes on as long, unless it is said that it went another way."""
        self.elapsed += after_s
        self.set_clock.forward(seconds=after_s if wall_s is None else wall_s)
        db.session.rollback()
        return self.keeper.look()


@pytest.fixture
def no_database_clock(monkeypatch):
    """The database's own clock does not follow a clock that a test sets."""
    monkeypatch.setattr(timekeeping, "is_postgresql", lambda: False)


@pytest.fixture
def place_on(app_on, set_clock, monkeypatch) -> Place:
    hash_quickly(monkeypatch)
    return Place()


@pytest.fixture
def watch(place_on, set_clock, no_database_clock) -> Watch:
    return Watch(set_clock)


def spans() -> list[ClockSpan]:
    db.session.expire_all()
    return list(db.session.scalars(select(ClockSpan).order_by(ClockSpan.id)))


def told() -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.kind == "clock_not_trusted")))


def trail_kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries WHERE subject = 'clock' ORDER BY id")))


def test_looks_that_find_the_same_are_one_stretch(watch):
    for _ in range(30):
        watch.look()

    stretch, = spans()
    assert (stretch.trusted, stretch.host, trail_kinds()) == ("yes", HOST, ["clock_changed"])
    assert stretch.until_at - stretch.begun_at >= timedelta(minutes=4)


def test_while_nobody_looks_nothing_is_known(watch):
    watch.look()
    watch.look(after_s=3600)

    assert [one.until_at - one.begun_at for one in spans()] == [timedelta(0)] * 2


def test_a_clock_that_loses_its_service_is_told_to_the_officers_once(watch, place_on):
    watch.look()
    watch.kernel = UNSYNCHRONISED

    for _ in range(20):
        watch.look()

    assert [one.user_id for one in told()] == [place_on.officer.id]
    assert [one.trusted for one in spans()] == ["yes", "no"]
    assert trail_kinds() == ["clock_changed"] * 2


def test_a_clock_that_comes_and_goes_is_told_once_in_hours(watch):
    for round_ in range(10):
        watch.kernel = UNSYNCHRONISED if round_ % 2 else GOOD
        watch.look()

    assert len(told()) == 1


@pytest.mark.parametrize("wall_s", [-590, 610])
def test_a_clock_that_was_set_is_noticed_written_down_and_told(watch, wall_s):
    watch.look()

    found = watch.look(after_s=10, wall_s=wall_s)

    assert abs(found.step - timedelta(seconds=wall_s - 10)) < timedelta(seconds=1)
    assert spans()[-1].step_ms == (wall_s - 10) * 1000
    assert (trail_kinds()[-1], len(told())) == ("clock_stepped", 1)


def test_a_clock_that_is_steered_gently_was_not_set(watch):
    watch.look()

    assert watch.look(after_s=10, wall_s=10.005).step is None


def test_the_database_of_another_machine_is_asked_for_its_time(app_on, place_on, monkeypatch):
    clock.set_source(None)

    offset = timekeeping._offset_of_database()

    assert offset is None or abs(offset) < timedelta(seconds=2)


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_machine_whose_clock_is_far_from_the_database_is_not_trusted(app_on, place_on, set_clock):
    set_clock.at = datetime.now(UTC) - timedelta(minutes=10)

    found = Timekeeper(lambda: GOOD, lambda: 0.0).look()

    assert (found.trusted, found.reason) == ("no", "far_from_database")
    assert timedelta(minutes=9) < found.offset < timedelta(minutes=11)


# What a session's evidence says of it.

@pytest.fixture
def session(studio, set_clock, no_database_clock) -> tables.ConferenceSession:
    return tables.session_by_id(studio.start())


@pytest.fixture
def watched(session, set_clock) -> Watch:
    return Watch(set_clock)


def ended(session_id: int) -> tables.ConferenceSession:
    with write_transaction():
        tables.session_for_update(session_id).ended_at = clock.now()
    return tables.session_by_id(session_id)


def test_a_session_that_was_watched_under_a_good_clock_has_trusted_time(session, watched):
    for _ in range(40):
        watched.look()

    assert evidence.summary(ended(session.id))["clock"]["trusted"] == "yes"


def test_a_session_during_which_nobody_looked_at_the_clock_has_unknown_time(session, set_clock):
    set_clock.forward(minutes=10)

    assert clock_of(ended(session.id))["trusted"] == "unknown"


def test_a_session_that_was_watched_for_a_part_only_has_unknown_time(session, watched, set_clock):
    for _ in range(10):
        watched.look()
    set_clock.forward(minutes=20)

    assert clock_of(ended(session.id))["trusted"] == "unknown"


def test_one_bad_look_during_a_session_spoils_its_time(session, watched):
    for number in range(30):
        watched.kernel = UNSYNCHRONISED if number == 15 else GOOD
        watched.look()

    told_of = clock_of(ended(session.id))
    assert (told_of["trusted"], told_of["reasons"], told_of["error_ms"]) == ("no", ["not_synchronised"], 16_000)


@pytest.mark.parametrize("wall_s", [-590, 610])
def test_a_clock_that_was_set_during_a_session_spoils_its_time(session, watched, wall_s):
    for _ in range(20):
        watched.look()
    watched.look(wall_s=wall_s)
    for _ in range(20):
        watched.look()

    told_of = clock_of(ended(session.id))
    assert (told_of["trusted"], [step["step_ms"] for step in told_of["steps"]]) == ("no", [(wall_s - 10) * 1000])


def test_a_bad_clock_after_a_session_does_not_spoil_it(session, watched):
    for _ in range(20):
        watched.look()
    over = ended(session.id)
    watched.kernel = UNSYNCHRONISED
    for _ in range(20):
        watched.look()

    assert clock_of(over)["trusted"] == "yes"


class StepClock:
    """The system's clock, that a test may set back."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by


@pytest.fixture
def step_clock():
    source = StepClock()
    clock.set_source(source)
    yield source
    clock.set_source(None)


def test_a_clock_that_steps_back_ten_minutes_in_a_live_session_leaves_no_leg_fresh_and_a_gap(step_clock, studio, run):
    session_id = studio.start()
    session = run.until(lambda one: one.state == SessionState.LIVE)
    step_clock.by = -timedelta(minutes=10)

    shown = roster_of(session, now=clock.now())
    session = run.until(lambda one: len(tables.gaps_of(session_id)) == 3 and all(leg.checked_at <= clock.now() for leg in one.legs))

    assert {line.shown for line in shown.lines} == {"unknown"} and not shown.secure_now
    assert [(gap.reason, gap.begun_at == gap.ended_at) for gap in tables.gaps_of(session_id)] == [("clock_stepped", True)] * 3
    assert (session.verdict, leg_of(session, "other").state) == (Verdict.NOT_PROVEN, LegState.PROVEN)
    assert clock_of(session)["trusted"] == "no"
    db.session.rollback()
    assert db.session.scalar(select(Notice.id).where(Notice.kind == "session_gap", Notice.user_id == studio.place.officer.id)) is not None


def test_a_clock_that_steps_forward_in_a_live_session_leaves_a_gap_too(step_clock, studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)

    step_clock.by = timedelta(minutes=10)
    session = run.until(lambda one: len(tables.gaps_of(session_id)) == 3)

    assert session.verdict == Verdict.NOT_PROVEN


def test_the_table_holds_a_span_of_a_clock_that_was_set_far_back(place_on, set_clock):
    with write_transaction() as database:
        database.add(ClockSpan(host="h", trusted="no", step_ms=-10 * 365 * 86_400_000, begun_at=clock.now(), until_at=clock.now()))

    assert clock_tables.last_span("h").step_ms == -315_360_000_000
