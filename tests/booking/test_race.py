"""Four real processes ask for the same rooms at the same moment; the rooms are held once, and nobody meets an error."""

import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import Place, a_room
from sqlalchemy import select
from sqlalchemy.orm import aliased

from roomctl.audit import trail, verify
from roomctl.booking.lifecycle import ACTIVE
from roomctl.booking.tables import Reservation
from roomctl.database import db

RACERS = 4


@pytest.fixture(scope="module")
def racers():
    command = [sys.executable, str(Path(__file__).with_name("racer.py"))]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) for _ in range(RACERS)]
    yield processes
    for process in processes:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


class Race:
    """Every round is told to all the racers before any answer is read."""

    def __init__(self, app, place: Place, racers: list[subprocess.Popen]) -> None:
        settings = app.config["SETTINGS"]
        self.place, self.racers = place, racers
        self.first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        facts = {"home": str(settings.home), "url": settings.database_url, "by": place.clerk.id, "chair": place.chair.id,
                 "profile": place.profile.id}
        self.tell([{"enter": {**facts, "title": f"Người chạy {number}"}} for number in range(RACERS)])

    def tell(self, told: list[dict]) -> list[dict]:
        for process, one in zip(self.racers, told, strict=True):
            process.stdin.write(json.dumps(one) + "\n")
        return [json.loads(process.stdout.readline()) for process in self.racers]

    def round(self, number: int, rooms: list[list[int]], *, key: str = "") -> list[dict]:
        """Let every racer ask for its rooms in the round's own hour; return their answers."""
        start = (self.first + timedelta(hours=number)).isoformat()
        return self.tell([{"start": start, "rooms": ids, "key": key or f"{number}-{racer}"} for racer, ids in enumerate(rooms)])


@pytest.fixture
def race(app_on, racers):
    return Race(app_on, Place(), racers)


def wins(answers: list[dict]) -> int:
    return sum("won" in answer for answer in answers)


def overlaps_in_the_database() -> list[tuple[int, int]]:
    mine, other = aliased(Reservation), aliased(Reservation)
    db.session.rollback()
    return list(db.session.execute(
        select(mine.id, other.id).where(
            mine.id < other.id, mine.room_id == other.room_id, mine.state.in_(ACTIVE), other.state.in_(ACTIVE),
            mine.held_start_at < other.held_end_at, other.held_start_at < mine.held_end_at)))


def trail_verdict(app) -> verify.Result:
    trail.checkpoint()
    settings = app.config["SETTINGS"]
    return verify.check(trail.whole_trail(), key=verify.fingerprint(trail.public_key(settings)),
                        anchor=verify.read_anchor(str(trail.anchor_file(settings))))


def test_twenty_races_for_one_slot_have_one_winner_each(race):
    rooms = [race.place.hall.id, race.place.room.id]

    rounds = [race.round(number, [rooms] * RACERS) for number in range(20)]

    assert [wins(answers) for answers in rounds] == [1] * 20
    losers = [answer for answers in rounds for answer in answers if "won" not in answer]
    assert {answer.get("lost", answer.get("broke")) for answer in losers} <= {"Conflict", "RoomsNotFree"}


def test_races_for_sets_of_rooms_that_intersect_never_overlap_deadlock_or_fork_the_trail(race, app_on):
    rooms = [a_room(race.place.centre).id for _ in range(6)]
    chance = random.Random(20270301)
    orders = [[chance.sample(rooms, 4) for _ in range(RACERS)] for _ in range(12)]  # Any two of them share a room.

    rounds = [race.round(number, asked) for number, asked in enumerate(orders)]

    assert [answer for answers in rounds for answer in answers if "broke" in answer] == []
    assert [wins(answers) for answers in rounds] == [1] * 12
    assert overlaps_in_the_database() == []
    assert trail_verdict(app_on).exit_code == verify.WHOLE


def test_small_sets_let_several_win_and_still_never_overlap(race):
    rooms = [a_room(race.place.centre).id for _ in range(6)]
    chance = random.Random(7)

    rounds = [race.round(number, [chance.sample(rooms, 2) for _ in range(RACERS)]) for number in range(8)]

    assert [answer for answers in rounds for answer in answers if "broke" in answer] == []
    assert all(wins(answers) >= 1 for answers in rounds)
    assert overlaps_in_the_database() == []


def test_a_form_sent_by_four_processes_at_once_makes_one_conference(race):
    rooms = [race.place.hall.id, race.place.room.id]

    rounds = [race.round(number, [rooms] * RACERS, key=f"same{number}") for number in range(8)]

    assert [answer for answers in rounds for answer in answers if "won" not in answer] == []
    assert [len({answer["won"] for answer in answers}) for answers in rounds] == [1] * 8
