"""A chore beside the worker's loop runs one round at a time, and its trouble is its own."""

import logging
import threading

from roomctl import aside
from roomctl.aside import Aside, Steady
from roomctl.database import db


def test_a_second_call_while_one_round_is_under_way_begins_none(app):
    begun, go_on = [], threading.Event()
    chore = Aside("slow", lambda: (begun.append(1), go_on.wait(10)))

    chore()
    chore()
    go_on.set()

    assert chore.come_back(10) and begun == [1]


def test_a_round_that_failed_is_written_down_and_the_next_one_runs(app, caplog):
    rounds = []

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise ValueError("no")

    chore = Aside("unlucky", work)
    with caplog.at_level(logging.ERROR):
        chore()
        assert chore.come_back(10)
    chore()

    assert chore.come_back(10) and len(rounds) == 2
    assert "unlucky failed" in caplog.text


def test_a_round_has_a_database_of_its_own(app):
    asked = []
    chore = Aside("asks", lambda: asked.append(db.session.connection().closed))

    chore()

    assert chore.come_back(10) and asked == [False]


# A loop of its own


class Over(Exception):
    """What ends a loop."""


def test_a_loop_goes_on_until_it_is_closed(app):
    steps, enough = [], threading.Event()
    loop = Steady("counts", lambda: (steps.append(1), len(steps) > 2 and enough.set()), every_s=0.01, over=Over).start(app)

    came = enough.wait(10)
    loop.close()
    so_far = len(steps)

    assert came and len(steps) == so_far


def test_a_step_that_failed_is_written_down_and_the_loop_goes_on(app, caplog, monkeypatch):
    monkeypatch.setattr(aside, "AGAIN_S", 0.01)
    steps, enough = [], threading.Event()

    def step() -> None:
        steps.append(1)
        if len(steps) == 1:
            raise ValueError("no")
        enough.set()

    with caplog.at_level(logging.ERROR):
        loop = Steady("unlucky", step, every_s=0.01, over=Over).start(app)
        came = enough.wait(10)
        loop.close()

    assert came and "unlucky: a step failed" in caplog.text


def test_a_loop_ends_when_another_has_taken_over(app):
    steps, ended = [], threading.Event()

    def step() -> None:
        steps.append(1)
        ended.set()
        raise Over

    loop = Steady("taken over", step, every_s=0.01, over=Over).start(app)

    assert ended.wait(10)
    loop.close()
    assert steps == [1]
