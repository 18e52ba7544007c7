"""For which conferences the panel asks whether anybody came, and until when."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from builders import NOW

from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.presence import COME_WITHIN, come_until, in_one_room


@dataclass
class Asked:
    id: int
    state: ReservationState = ReservationState.GRANTED
    replaces_id: int | None = None


@pytest.mark.parametrize(("rooms", "expected"), [
    ([Asked(1)], True), ([Asked(1), Asked(2)], False), ([], False),
    ([Asked(1, ReservationState.RELEASED), Asked(2)], True), ([Asked(1, ReservationState.REFUSED), Asked(2)], False),
    ([Asked(1, ReservationState.REFUSED), Asked(2, replaces_id=1)], True), ([Asked(1, ReservationState.RELEASED)], False),
], ids=["one", "two", "none", "one that was changed for another", "two of which one was refused", "one in the place of a refused one", "given back"])
def test_a_conference_is_in_one_room_when_no_other_was_to_take_part(rooms, expected):
    assert in_one_room(rooms) is expected


@pytest.mark.parametrize(("asked", "late"), [(None, 0), (-10, 0), (0, 0), (14, 14)])
def test_a_panel_that_began_to_ask_late_asks_for_as_long_as_any_other(asked, late):
    asked_at = NOW + timedelta(minutes=asked) if asked is not None else None

    assert come_until(NOW, asked_at) == NOW + timedelta(minutes=late) + COME_WITHIN
