"""A chore beside the worker's loop runs one round at a time, and its trouble is its own."""

import logging
import threading

from roomctl.aside import Aside
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
