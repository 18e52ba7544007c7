"""The loop beside the sessions: it does what technicians asked for, and writes nothing once another worker has taken over."""

import time

import pytest
from sqlalchemy import text

from roomctl.database import db, write_transaction
from roomctl.duty import orders
from roomctl.sessions import lease, tables, trial
from roomctl.sessions.errands import Errands
from roomctl.sessions.trial import Target


def placed(studio) -> None:
    orders.place("set_encryption", {"setting": "On", "force": False}, [studio.devices["room"].id], by=studio.place.technician, key="order")
    trial.ask_trial(studio.place.hall.id, Target("bridge"), by=studio.place.technician, key="trial")


def states() -> tuple[str, str]:
    db.session.rollback()
    return (db.session.scalar(text("SELECT state FROM order_targets")), db.session.scalar(text("SELECT state FROM trial_calls")))


def until(condition, *, within_s: float = 20.0) -> None:
    limit = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < limit, states()
        time.sleep(0.02)


@pytest.fixture
def held(app) -> lease.Held:
    return lease.acquire()


def test_orders_and_trial_calls_are_done_side_by_side(app, studio, held):
    errands = Errands(lambda: lease.check(held)).start(app)
    placed(studio)

    until(lambda: states() == ("done", "done"))
    errands.close()

    assert (errands.device_ids, studio.codecs["room"].setting, studio.codecs["hall"].calls_up()) == (set(), "On", {})


def test_a_worker_that_lost_its_lease_touches_nothing(app, studio, held):
    with write_transaction():
        tables.worker_lease().fence += 1
    placed(studio)
    errands = Errands(lambda: lease.check(held))

    with pytest.raises(lease.LeaseLost):
        errands.tick()
    errands.close()

    assert (states(), studio.codecs["room"].heard, studio.codecs["hall"].heard) == (("waiting", "waiting"), [], [])
