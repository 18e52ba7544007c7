"""When an alert opens and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from roomctl.devices.health import Status
from roomctl.duty import standing
from roomctl.duty.standing import Look, is_over, is_settled, may_leave, opens

NOW = datetime(2027, 3, 1, 1, tzinfo=UTC)


def a_look(status: Status = Status.OK, fault: str = "", *, fresh: bool = True, retired: bool = False) -> Look:
    return Look(1, "codec", 1, "/1/", 1, status if fresh else Status.UNKNOWN, fault, "", NOW, fresh, retired)


@pytest.mark.parametrize(("look", "does"), [
    (a_look(Status.CRITICAL, "unreachable"), True), (a_look(Status.WARNING, "battery_charge"), True), (a_look(), False),
    (a_look(Status.UNKNOWN, "standby"), False), (a_look(Status.UNKNOWN, "nothing_readable"), False),
    (a_look(Status.CRITICAL, "unreachable", fresh=False), False), (a_look(Status.CRITICAL, "unreachable", retired=True), False)])
def test_only_a_fault_that_is_known_now_opens_an_alert(look, does):
    assert opens(look) is does


@pytest.mark.parametrize(("kind", "look", "over"), [
    ("unreachable", a_look(), True),
    ("unreachable", a_look(fresh=False), False),  # Nobody looked: nothing is mended.
    ("unreachable", a_look(Status.CRITICAL, "unreachable"), False),
    ("unreachable", a_look(Status.CRITICAL, "silent"), False),  # The same thing under another word.
    ("unreachable", a_look(Status.CRITICAL, "not_registered"), True),  # It did answer.
    ("unreachable", a_look(Status.UNKNOWN, "registration_unknown"), True),
    ("silent", a_look(Status.UNKNOWN, "standby"), True),  # A projector that sleeps is meant to.
    ("not_registered", a_look(Status.UNKNOWN, "registration_unknown"), False),  # Perhaps mended, perhaps not.
    ("not_registered", a_look(Status.CRITICAL, "unreachable"), False),  # Silence hides everything.
    ("not_registered", a_look(Status.WARNING, "cannot_encrypt"), True),  # The worst is told first, so the worse one is gone.
    ("not_registered", a_look(Status.CRITICAL, "camera_status"), False),  # As bad: it may hide the other.
    ("not_registered", a_look(fresh=False, retired=True), True)])
def test_an_alert_is_over_only_when_a_look_proves_it(kind, look, over):
    assert is_over(kind, Status.CRITICAL, look) is over


def test_a_lesser_alert_stands_while_a_worse_fault_hides_it():
    assert is_over("battery_charge", Status.WARNING, a_look(Status.CRITICAL, "not_registered")) is False


@pytest.mark.parametrize(("minutes", "half_silent", "settled"), [(1, False, False), (2, False, True), (2, True, False), (10, True, True)])
def test_people_are_told_of_what_has_stood_a_while(minutes, half_silent, settled):
    assert is_settled(NOW, NOW + timedelta(minutes=minutes), half_of_unit_silent=half_silent) is settled


@pytest.mark.parametrize(("over_at", "looked_at", "may"), [
    (None, NOW, True), (NOW, NOW, False), (NOW, NOW + standing.LOOKED_AT_AFTER, False), (NOW, NOW + timedelta(minutes=1), True), (NOW, None, False)])
def test_a_device_fails_for_itself_only_once_it_was_looked_at_after_its_cause_ended(over_at, looked_at, may):
    assert may_leave(over_at, looked_at) is may
