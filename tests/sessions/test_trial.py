"""Trial calls: what is read back, that they always end, and that conferences go first."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from builders import a_person
from sqlalchemy import text
from studio import QUICK, Studio
from watched import booked

from device_drivers.simulators.network import Timing
from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import connect
from roomctl.devices.tables import Device
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role
from roomctl.sessions import tables, trial, trial_call, trial_tables
from roomctl.sessions.trial import Target
from roomctl.sessions.trial_tables import TrialCall
from roomctl.sessions.trials_at_work import TrialCalls

BRIDGE = Target("bridge")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(trial_call, "LOOK_FOR_CALL", timedelta(seconds=0.5))
    monkeypatch.setattr(trial_call, "ANSWER_WITHIN_S", 2.0)
    monkeypatch.setattr(trial_call, "MEDIA_WITHIN_S", 1.0)
    monkeypatch.setattr(trial_call, "GONE_WITHIN_S", 4.0)
    monkeypatch.setattr(trial_call, "AGAIN_S", 0.05)


@pytest.fixture
def work(studio):
    made = TrialCalls(connect.Connections(QUICK))
    yield made
    made.close()


def asked(studio: Studio, target: Target = BRIDGE, *, by=None, key: str = "k") -> int:
    return trial.ask_trial(studio.place.hall.id, target, by=by or studio.place.technician, key=key)


def now(trial_id: int) -> TrialCall:
    db.session.rollback()
    return db.session.get(TrialCall, trial_id, populate_existing=True)


def until(work: TrialCalls, condition, *, within_s: float = 20.0) -> None:
    limit = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < limit, [tuple(row) for row in db.session.execute(text("SELECT state, steps FROM trial_calls"))]
        work.tick()
        db.session.rollback()
        time.sleep(0.01)


def made(work: TrialCalls, trial_id: int) -> TrialCall:
    until(work, lambda: now(trial_id).state not in ("waiting", "under_way"))
    return now(trial_id)


def steps(row: TrialCall) -> dict[str, str]:
    return {name: answer for name, answer, _ in row.steps}


def details(row: TrialCall) -> dict[str, str]:
    return {name: detail for name, _, detail in row.steps}


# What is read back


def test_a_trial_call_to_the_bridge_is_read_back_and_hung_up(studio, work):
    row = made(work, asked(studio))

    assert (row.state, row.address) == ("done", "7002@bridge.example")
    assert steps(row) == {"ready": "yes", "connected": "yes", "media": "yes", "encryption": "yes", "hung_up": "yes"}
    assert details(row)["encryption"].startswith("A")
    assert (studio.codecs["hall"].dialled, studio.codecs["hall"].calls_up()) == (["7002@bridge.example"], {})


def test_another_room_is_dialled_by_its_code(studio, work):
    row = made(work, asked(studio, Target("room", studio.place.room.code)))

    assert (row.state, row.address) == ("done", "room@vc.example")
    assert (studio.codecs["hall"].calls_up(), studio.codecs["room"].calls_up()) == ({}, {})


def test_an_address_may_be_typed(studio, work):
    assert made(work, asked(studio, Target("address", " room@vc.example "))).state == "done"


def test_a_clear_call_is_said_to_be_clear(studio, work):
    studio.codecs["room"].setting = "Off"
    row = made(work, asked(studio, Target("room", studio.place.room.code)))

    assert (row.state, steps(row)["encryption"]) == ("done", "no")


def test_a_call_nobody_answers_has_failed_and_is_gone(studio, work):
    row = made(work, asked(studio, Target("address", "nobody@vc.example")))

    assert (row.state, steps(row)["connected"], steps(row)["hung_up"]) == ("failed", "no", "yes")


@pytest.mark.parametrize(("bad", "word"), [({"not_registered": True}, "not_registered"), ({}, "already_in_call")])
def test_a_codec_that_is_not_fit_for_it_dials_nothing(studio, work, bad, word):
    codec = studio.codecs["hall"]
    for name, value in bad.items():
        setattr(codec.bad, name, value)
    if not bad:
        codec.dial_from_remote_control("room@vc.example")
    row = made(work, asked(studio))

    assert (row.state, row.steps) == ("failed", [["ready", "no", word]])
    assert codec.dialled == []


def test_a_silent_codec_is_unknown_and_dials_nothing(studio, work):
    studio.codecs["hall"].bad.silent_to = ""
    row = made(work, asked(studio))

    assert (row.state, row.steps) == ("failed", [["ready", "unknown", "silent"]])


def test_a_codec_that_falls_silent_in_the_call_is_dropped_at_the_bridge(studio, work):
    codec = studio.codecs["hall"]
    codec.timing = Timing(ring_s=0.05, media_s=30)
    trial_id = asked(studio)
    until(work, lambda: bool(codec.calls_up()))
    codec.bad.silent_to = ""
    row = made(work, trial_id)

    assert (row.state, details(row)["hung_up"], codec.calls_up()) == ("done" if steps(row)["connected"] == "yes" else "failed",
                                                                     "dropped_at_bridge", {})


def test_a_codec_that_does_not_hang_up_is_said_not_to_have(studio, work):
    studio.codecs["hall"].bad.hang_up_does_nothing = True
    row = made(work, asked(studio, Target("room", studio.place.room.code)))

    assert (row.state, steps(row)["hung_up"], details(row)["hung_up"]) == ("failed", "no", "hang_up_not_confirmed")


def test_a_dial_that_does_nothing_is_no_call(studio, work):
    studio.codecs["hall"].bad.dial_does_nothing = True
    row = made(work, asked(studio))

    assert (row.state, steps(row)["connected"], details(row)["connected"]) == ("failed", "no", "not_answered")


def test_asking_and_the_result_are_in_the_trail(studio, work):
    made(work, asked(studio))

    kinds = db.session.execute(text("SELECT kind, outcome FROM trail_entries WHERE kind LIKE 'trial%' ORDER BY seq")).all()
    assert [tuple(row) for row in kinds] == [("trial_call_asked", "done"), ("trial_call_ended", "done")]


# Who may ask, and for what


def test_a_form_sent_twice_makes_one_call(studio):
    assert asked(studio) == asked(studio)


def test_only_one_trial_at_a_time_is_made_with_a_codec(studio):
    asked(studio)

    with pytest.raises(Conflict) as error:
        asked(studio, key="k2")
    assert error.value.reason == "trial_under_way"


def test_technicians_of_the_room_ask_and_nobody_else(studio):
    with pytest.raises(NotAllowed):
        asked(studio, by=studio.place.administrator)
    with pytest.raises(NotVisible):
        asked(studio, by=a_person(studio.place.province, Role.TECHNICIAN))


@pytest.mark.parametrize(("target", "field"), [
    (Target("room", "none"), "room"), (Target("address", 'a"b'), "address"), (Target("address", ""), "address"), (Target("moon"), "to"),
    (Target("address", "hall@vc.example"), "address"), (Target("room", "\x00"), "room")])
def test_a_target_that_cannot_be_dialled_is_refused(studio, target, field):
    with pytest.raises(InvalidInput) as error:
        asked(studio, target)

    assert [problem.field for problem in error.value.problems] == [field]


def test_without_a_free_address_of_a_bridge_there_is_no_trial_to_it(studio):
    with write_transaction() as session:
        session.get_one(Device, studio.devices["bridge"].id).pool = []

    with pytest.raises(Refused) as error:
        asked(studio)
    assert error.value.reason == "no_bridge"


# Conferences go first


@pytest.mark.parametrize("minutes", [14, -5])
def test_none_is_made_with_a_room_that_has_a_conference_now_or_in_a_moment(studio, minutes):
    booked(studio.place, studio.place.hall, studio.place.room, after=timedelta(minutes=max(minutes, 1)))
    if minutes < 0:
        db.session.execute(text("UPDATE occurrences SET planned_start_at = datetime(planned_start_at, '-10 minutes')"))
        db.session.commit()

    with pytest.raises(Conflict) as error:
        asked(studio)
    assert error.value.reason == "trial_conference_soon"


def test_none_is_made_to_a_room_that_has_a_conference_in_a_moment(studio):
    booked(studio.place, studio.place.other_room, studio.place.room, after=timedelta(minutes=10))

    with pytest.raises(Conflict):
        asked(studio, Target("room", studio.place.room.code))


def test_none_is_made_with_or_to_a_codec_of_a_session(studio):
    studio.start(studio.book_now(rooms=("room", "other"), host_room_id=studio.place.room.id))
    db.session.execute(text("UPDATE reservations SET state = 'released'"))  # Only the session itself is in the way.
    db.session.commit()

    with pytest.raises(Conflict) as error:
        asked(studio, Target("room", studio.place.room.code))
    assert error.value.reason == "trial_in_session"


def test_what_was_booked_since_it_was_asked_for_is_seen(studio, work):
    trial_id = asked(studio)
    booked(studio.place, studio.place.hall, studio.place.room, after=timedelta(minutes=5))

    assert (made(work, trial_id).steps, studio.codecs["hall"].heard) == ([["ready", "no", "trial_conference_soon"]], [])


def test_what_waited_too_long_is_not_made_any_more(studio, work):
    trial_id = asked(studio)
    with write_transaction():
        trial_tables.trial_for_update(trial_id).asked_at = clock.now() - timedelta(minutes=3)

    assert (made(work, trial_id).steps, studio.codecs["hall"].heard) == ([["ready", "no", "trial_expired"]], [])


def test_a_trial_gives_way_to_a_session_that_is_started(studio, work):
    studio.codecs["hall"].timing = Timing(ring_s=30)
    trial_id = asked(studio)
    until(work, lambda: bool(studio.codecs["hall"].dialled))
    session_id = studio.start(studio.book_now())
    row = made(work, trial_id)

    assert (steps(row)["connected"], details(row)["connected"], steps(row)["hung_up"]) == ("unknown", "session_took_over", "yes")
    assert studio.codecs["hall"].calls_up() == {}
    assert tables.session_by_id(session_id).bridge_address == "7001@bridge.example"


def test_a_session_takes_no_address_that_a_trial_goes_to(studio):
    with write_transaction() as session:
        session.get_one(Device, studio.devices["bridge"].id).pool = ["7002@bridge.example"]
    asked(studio)

    with pytest.raises(Refused) as error:
        studio.start()
    assert error.value.reason == "no_bridge"


# A killed worker


DOOMED = """
import os, signal, sys, time
from pathlib import Path
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.devices import connect
from roomctl.sessions.trials_at_work import TrialCalls
from device_drivers.cisco_roomos.driver import CiscoRoomos
home, url = Path(sys.argv[1]), sys.argv[2]
dial = CiscoRoomos.dial
def dial_and_die(self, address): dial(self, address); os.kill(os.getpid(), signal.SIGKILL)
CiscoRoomos.dial = dial_and_die
app = create_app(Settings(home=home, database_url=url))
with app.app_context():
    work = TrialCalls(connect.Connections())
    until = time.monotonic() + 20
    while time.monotonic() < until:
        work.tick()
        time.sleep(0.01)
"""


def killed_while_dialling(app) -> None:
    settings = app.config["SETTINGS"]
    db.session.rollback()
    process = subprocess.run([sys.executable, "-c", DOOMED, str(settings.home), settings.database_url], timeout=60,
                             env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert process.returncode == -signal.SIGKILL


def test_the_next_worker_hangs_up_what_a_killed_one_dialled_and_says_that_it_does_not_know(app, studio, work):
    trial_id = asked(studio)
    killed_while_dialling(app)
    left = len(studio.codecs["hall"].calls_up())
    row = made(work, trial_id)

    assert (left, row.state, row.steps, studio.codecs["hall"].calls_up()) == (1, "unknown", [["hung_up", "yes", ""]], {})
    assert len(studio.codecs["hall"].dialled) == 1


def test_a_call_that_somebody_made_meanwhile_is_left_alone(studio, work):
    trial_id = asked(studio)
    with write_transaction():
        trial_tables.trial_for_update(trial_id).state = "under_way"
    studio.codecs["hall"].dial_from_remote_control("room@vc.example")
    row = made(work, trial_id)

    assert (row.state, row.steps) == ("unknown", [["hung_up", "unknown", "already_in_call"]])
    assert len(studio.codecs["hall"].calls_up()) == 1


def test_a_worker_that_is_told_to_stop_hangs_up_first(studio):
    studio.codecs["hall"].timing = Timing(ring_s=30)
    work = TrialCalls(connect.Connections(QUICK))
    trial_id = asked(studio)
    until(work, lambda: bool(studio.codecs["hall"].dialled))

    work.close()

    assert (studio.codecs["hall"].calls_up(), now(trial_id).state, steps(now(trial_id))["hung_up"]) == ({}, "failed", "yes")
