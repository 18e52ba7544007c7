"""Is roomctl well."""

import pytest
from sqlalchemy import text

from roomctl import __version__
from roomctl.database import db, write_transaction
from roomctl.sessions import lease


def test_without_a_worker_it_is_not_well(place, browser):
    answer = browser().get("/healthz")

    assert answer.status_code == 503
    worker = {"status": "silent", "last_tick_age_s": None}
    assert answer.json == {"status": "not well", "database": "ok", "worker": worker, "version": __version__}


def test_with_a_worker_that_gave_a_sign_of_life_it_is_well(place, browser):
    lease.acquire()

    answer = browser().get("/healthz")

    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "worker": {"status": "ok", "last_tick_age_s": 0.0}, "version": __version__}


@pytest.mark.parametrize(("age_s", "status"), [(15, 200), (16, 503)])
def test_a_sign_of_life_counts_for_fifteen_seconds(place, browser, set_clock, age_s, status):
    lease.acquire()
    set_clock.forward(seconds=age_s)

    answer = browser().get("/healthz")

    assert (answer.status_code, answer.json["worker"]["last_tick_age_s"]) == (status, float(age_s))


def test_without_its_tables_it_is_not_well_and_still_answers(place, browser):
    with write_transaction():
        db.session.execute(text("DROP TABLE worker_leases"))

    answer = browser().get("/healthz")

    assert (answer.status_code, answer.json["database"]) == (503, "unreachable")


def test_it_tells_nothing_about_anybody(place, browser):
    place.book()

    assert set(browser().get("/healthz").json) == {"status", "database", "worker", "version"}
