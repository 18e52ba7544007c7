"""The PIN of an occurrence: shown once, made anew on demand, closed after five wrong tries."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from builders import Place, a_span
from sqlalchemy import func, select

from roomctl.audit.tables import TrailEntry, TrailPayload
from roomctl.booking import pins
from roomctl.booking.tables import SessionPin, conference_by_id
from roomctl.database import db
from roomctl.errors import NotAllowed, NotVisible, Refused, Throttled
from roomctl.notices.tables import Notice
from roomctl.organisation import signin
from roomctl.organisation.signin import secret_matches
from roomctl.organisation.tables import FailedTry, User


def occurrence_of(place, **facts) -> int:
    return conference_by_id(place.book(**facts)).occurrences[0].id


def another(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06d}"


def try_wrong(occurrence_id: int, pin: str, room_id: int, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Refused, match="wrong_pin"):
            pins.check_pin(occurrence_id, another(pin), room_id=room_id)


def pin_notices() -> list[tuple[int, int]]:
    return [(one.user_id, one.occurrence_id) for one in db.session.scalars(select(Notice).where(Notice.kind == "pin_closed"))]


def test_a_fresh_pin_has_six_digits_and_opens(place):
    occurrence_id = occurrence_of(place)

    pin = pins.make_pin(occurrence_id, by=place.clerk)

    assert (len(pin), pin.isdecimal()) == (6, True)
    pins.check_pin(occurrence_id, pin, room_id=place.hall.id)


def test_a_pin_made_anew_kills_the_old_one(place):
    occurrence_id = occurrence_of(place)
    old = pins.make_pin(occurrence_id, by=place.clerk)
    new = old
    while new == old:
        new = pins.make_pin(occurrence_id, by=place.chair)

    with pytest.raises(Refused, match="wrong_pin"):
        pins.check_pin(occurrence_id, old, room_id=place.hall.id)

    pins.check_pin(occurrence_id, new, room_id=place.hall.id)


def test_a_pin_is_stored_only_as_a_hash_and_is_not_in_the_trail(place):
    occurrence_id = occurrence_of(place)

    pin = pins.make_pin(occurrence_id, by=place.clerk)

    assert db.session.get_one(SessionPin, occurrence_id).pin_hash.startswith("$argon2id$")
    payloads = list(db.session.scalars(select(TrailPayload.payload).order_by(TrailPayload.seq)))
    assert payloads[-1] == b"{}"
    assert pin not in db.session.get_one(SessionPin, occurrence_id).pin_hash


@pytest.mark.parametrize(("who", "error"), [("province_approver", NotAllowed), ("officer", NotAllowed), ("stranger", NotVisible),
                                            ("other_approver", NotVisible)])
def test_only_organizer_and_chair_make_a_pin(place, who, error):
    with pytest.raises(error):
        pins.make_pin(occurrence_of(place), by=getattr(place, who))


def test_without_a_person_or_an_occurrence_no_pin_is_made(place):
    with pytest.raises(NotVisible):
        pins.make_pin(occurrence_of(place), by=None)
    with pytest.raises(NotVisible):
        pins.make_pin(987_654, by=place.clerk)


def test_a_pin_that_was_never_made_opens_nothing(place):
    with pytest.raises(Refused, match="no_pin_made"):
        pins.check_pin(occurrence_of(place), "000000", room_id=place.hall.id)


def test_the_pin_of_another_occurrence_opens_nothing(place):
    one, other = occurrence_of(place), occurrence_of(place, span=a_span("2027-03-03T01:00"))
    pin = pins.make_pin(one, by=place.clerk)
    other_pin = pin
    while other_pin == pin:
        other_pin = pins.make_pin(other, by=place.clerk)

    with pytest.raises(Refused, match="wrong_pin"):
        pins.check_pin(one, other_pin, room_id=place.hall.id)


@pytest.mark.parametrize("wrong", ["", "12345", "abcdef", "１２３４５６", "0" * 10_000])
def test_what_is_no_pin_is_a_wrong_pin(place, wrong):
    occurrence_id = occurrence_of(place)
    pins.make_pin(occurrence_id, by=place.clerk)

    with pytest.raises(Refused, match="wrong_pin"):
        pins.check_pin(occurrence_id, wrong, room_id=place.hall.id)


def test_the_right_pin_counts_until_the_fifth_wrong_try(place):
    occurrence_id = occurrence_of(place)
    pin = pins.make_pin(occurrence_id, by=place.clerk)
    try_wrong(occurrence_id, pin, place.hall.id, 4)

    pins.check_pin(occurrence_id, pin, room_id=place.hall.id)

    assert pin_notices() == []


def test_five_wrong_tries_close_it_even_for_the_right_pin(place):
    occurrence_id = occurrence_of(place)
    pin = pins.make_pin(occurrence_id, by=place.clerk)
    try_wrong(occurrence_id, pin, place.hall.id, 5)

    with pytest.raises(Throttled):
        pins.check_pin(occurrence_id, pin, room_id=place.hall.id)


def test_five_wrong_tries_close_the_occurrence_for_every_room(place):
    occurrence_id = occurrence_of(place)
    pin = pins.make_pin(occurrence_id, by=place.clerk)
    try_wrong(occurrence_id, pin, place.hall.id, 5)

    with pytest.raises(Throttled):
        pins.check_pin(occurrence_id, pin, room_id=place.room.id)


def test_five_wrong_tries_close_the_room_for_every_occurrence(place):
    one, other = occurrence_of(place), occurrence_of(place, span=a_span("2027-03-03T01:00"))
    pin, other_pin = pins.make_pin(one, by=place.clerk), pins.make_pin(other, by=place.clerk)
    try_wrong(one, pin, place.hall.id, 5)

    with pytest.raises(Throttled):
        pins.check_pin(other, other_pin, room_id=place.hall.id)
    pins.check_pin(other, other_pin, room_id=place.room.id)


def test_wrong_tries_spread_over_rooms_close_the_occurrence(place):
    occurrence_id = occurrence_of(place)
    pin = pins.make_pin(occurrence_id, by=place.clerk)
    try_wrong(occurrence_id, pin, place.hall.id, 3)
    try_wrong(occurrence_id, pin, place.room.id, 2)

    with pytest.raises(Throttled):
        pins.check_pin(occurrence_id, pin, room_id=place.other_room.id)


def test_organizer_and_chair_are_told_once_when_it_closes(place):
    occurrence_id = occurrence_of(place)
    pin = pins.make_pin(occurrence_id, by=place.clerk)
    try_wrong(occurrence_id, pin, place.hall.id, 5)
    for _ in range(3):
        with pytest.raises(Throttled):
            pins.check_pin(occurrence_id, pin, room_id=place.hall.id)

    assert sorted(pin_notices()) == sorted([(place.clerk.id, occurrence_id), (place.chair.id, occurrence_id)])
    assert db.session.scalar(select(func.count()).select_from(TrailEntry).where(TrailEntry.kind == "pin_closed")) == 1


def test_it_opens_again_after_fifteen_minutes(place, set_clock):
    occurrence_id = occurrence_of(place)
    pin = pins.make_pin(occurrence_id, by=place.clerk)
    try_wrong(occurrence_id, pin, place.hall.id, 5)

    with pytest.raises(Throttled) as closed:
        pins.check_pin(occurrence_id, pin, room_id=place.hall.id)
    set_clock.at = closed.value.until

    pins.check_pin(occurrence_id, pin, room_id=place.hall.id)


def test_right_tries_are_not_counted(place):
    occurrence_id = occurrence_of(place)
    pin = pins.make_pin(occurrence_id, by=place.clerk)

    for _ in range(8):
        pins.check_pin(occurrence_id, pin, room_id=place.hall.id)

    assert db.session.scalar(select(func.count()).select_from(FailedTry)) == 0


def tried_at_once(app, occurrence_id: int, pin: str, *, room_id: int, times: int) -> list[str]:
    """Return what was said to each of many who give a PIN at the same moment."""
    together = threading.Barrier(times)

    def give(_) -> str:
        with app.app_context():
            together.wait()
            try:
                pins.check_pin(occurrence_id, pin, room_id=room_id)
            except Refused as refused:
                return refused.reason
            return "opened"

    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(give, range(times)))


def test_many_wrong_tries_at_once_are_still_five(app_on, set_clock):
    place = Place()
    occurrence_id = occurrence_of(place)
    wrong = another(pins.make_pin(occurrence_id, by=place.clerk))

    said = tried_at_once(app_on, occurrence_id, wrong, room_id=place.hall.id, times=8)

    assert said == ["too_many_tries"] * 3 + ["wrong_pin"] * 5


def test_the_right_pin_pressed_eight_times_at_once_opens_each_time(app_on, set_clock, monkeypatch):
    place = Place()
    occurrence_id = occurrence_of(place)
    monkeypatch.setattr(signin, "_hasher", PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1))  # Slow enough to meet in it.
    pin = pins.make_pin(occurrence_id, by=place.clerk)

    assert tried_at_once(app_on, occurrence_id, pin, room_id=place.hall.id, times=8) == ["opened"] * 8


def test_of_pins_made_by_several_at_once_the_last_opens(app_on, set_clock):
    place = Place()
    occurrence_id, clerk_id, together = occurrence_of(place), place.clerk.id, threading.Barrier(4)

    def make(_) -> str:
        with app_on.app_context():
            together.wait()
            return pins.make_pin(occurrence_id, by=db.session.get(User, clerk_id))

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))

    db.session.rollback()
    assert sum(secret_matches(db.session.get_one(SessionPin, occurrence_id).pin_hash, pin) for pin in set(made)) == 1
