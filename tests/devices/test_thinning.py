"""Minutes become hours, and what is old goes; nothing is lost before it is folded."""

from datetime import datetime, timedelta

import pytest
from builders import a_unit

from devices.equipment import a_device
from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import history, probing, reading_tables, thinning
from roomctl.devices.health import Status
from roomctl.devices.thinning import Thinner


@pytest.fixture(autouse=True)
def standing_clock(app_on, set_clock):
    set_clock.forward(minutes=30)
    return set_clock


@pytest.fixture
def device(app_on):
    return a_device()


def keep(device, step: str, rows: dict[datetime, dict]) -> None:
    with write_transaction():
        reading_tables.keep_history([{"device_id": device.id, "step": step, "at": at, "numbers": numbers} for at, numbers in rows.items()])


def rows(device, step: str) -> dict[datetime, dict]:
    db.session.rollback()
    return dict(reading_tables.history_of(device.id, step, clock.now() - timedelta(days=4000)))


def ago(**length: float) -> datetime:
    return clock.now() - timedelta(**length)


def test_an_hour_that_is_over_is_folded_and_its_minutes_stay(device):
    first = history.hour_of(clock.now()) - timedelta(hours=1)
    keep(device, "m", {first: {"a": 10, "b": 1}, first + timedelta(minutes=45): {"a": 50}})

    Thinner().step()

    assert rows(device, "h") == {first: {"a": [10, 20.0, 50], "b": [1, 1.0, 1]}}
    assert len(rows(device, "m")) == 2


def test_the_hour_that_is_running_is_not_folded(device):
    keep(device, "m", {ago(minutes=5): {"a": 10}})

    Thinner().step()

    assert rows(device, "h") == {}


def test_hours_missed_while_the_worker_stood_still_are_folded_before_their_minutes_go(device):
    old, older = history.hour_of(ago(hours=60)), history.hour_of(ago(hours=70))
    keep(device, "m", {older: {"a": 1}, old: {"a": 2}, ago(hours=30): {"a": 3}})
    keep(device, "h", {history.hour_of(ago(hours=80)): {"a": [0, 0, 0]}})

    Thinner().step()

    assert [numbers["a"][1] for numbers in rows(device, "h").values()] == [0, 1, 2, 3]
    assert [numbers["a"] for numbers in rows(device, "m").values()] == [3]


def test_a_second_round_changes_nothing(device):
    keep(device, "m", {history.hour_of(ago(hours=3)): {"a": 1}})
    thinner = Thinner()
    thinner.step()
    first = rows(device, "h")
    thinner.step()  # Its end: nobody follows.

    thinner.step()

    assert rows(device, "h") == first


def test_hours_and_changes_older_than_a_year_go(device):
    keep(device, "h", {ago(days=367): {"a": [1, 1, 1]}, ago(days=365): {"a": [2, 2, 2]}})
    with write_transaction():
        reading_tables.keep_changes([{"device_id": device.id, "at": at, "status": Status.OK, "fault": "", "detail": ""}
                                     for at in (ago(days=367), ago(days=365))])

    Thinner().step()

    assert [numbers["a"][0] for numbers in rows(device, "h").values()] == [2]
    assert len(reading_tables.changes_of(device.id, limit=9)) == 1


def test_many_devices_are_thinned_some_at_a_time_and_all_in_a_round(device, monkeypatch):
    monkeypatch.setattr(thinning, "AT_ONCE", 2)
    unit = a_unit()
    devices = [device, *(a_device(unit=unit) for _ in range(4))]
    for one in devices:
        keep(one, "m", {ago(days=3): {"a": 1}})
    thinner = Thinner()

    left = []
    for _ in range(3):
        thinner.step()
        left.append(sum(len(rows(one, "m")) for one in devices))

    assert left == [3, 1, 0]


def test_a_clock_that_leaps_ahead_deletes_nothing(device, standing_clock):
    keep(device, "m", {ago(minutes=10): {"a": 1}})
    thinner = Thinner()
    standing_clock.forward(days=400)

    thinner.step()

    assert len(rows(device, "m")) == 1


def test_hours_in_a_future_the_clock_has_gone_back_from_stop_no_folding(device):
    keep(device, "h", {ago(hours=-50): {"a": [9, 9, 9]}})
    keep(device, "m", {history.hour_of(ago(hours=3)): {"a": 1}})

    Thinner().step()

    assert [1, 1.0, 1] in [numbers["a"] for numbers in rows(device, "h").values()]


def test_an_hour_that_was_folded_already_is_not_folded_from_what_is_left_of_it(device):
    hour = history.hour_of(ago(hours=3))
    keep(device, "h", {hour: {"a": [1, 5, 9]}})
    keep(device, "m", {hour + timedelta(minutes=50): {"a": 9}})

    Thinner().step()

    assert rows(device, "h") == {hour: {"a": [1, 5, 9]}}


def test_a_wish_that_nothing_came_of_is_forgotten_after_a_day(device, standing_clock):
    probing.wish([device.id])
    thinner = Thinner()
    left = []
    for hours in (23, 2):
        standing_clock.forward(hours=hours)
        for _ in range(2):
            thinner.step()
        left.append(reading_tables.wishes(limit=5))

    assert left == [[device.id], []]
