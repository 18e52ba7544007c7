"""When which device is looked at: each on its own interval, spread out, never all at once."""

import pytest

from roomctl.devices.schedule import Planned, Schedule


def planned(*ages: float | None, every_s: float = 60.0) -> list[Planned]:
    return [Planned(number, every_s, age) for number, age in enumerate(ages, 1)]


def taken(schedule: Schedule, until: float, step: float = 0.1) -> list[tuple[float, int]]:
    """Return (when, device) of all that came due up to a moment."""
    moments = [round(number * step, 1) for number in range(int(until / step) + 2)]
    return [(now, device_id) for now in moments if now <= until for device_id in schedule.due(now, 10_000)]


@pytest.fixture
def schedule() -> Schedule:
    return Schedule()


def test_a_device_never_looked_at_is_due_at_once(schedule):
    schedule.refresh(planned(None), 0.0)

    assert schedule.due(0.0, 10) == [1]


def test_a_device_looked_at_before_a_restart_waits_for_the_rest_of_its_interval(schedule):
    schedule.refresh(planned(45), 0.0)

    assert schedule.due(14.9, 10) == []
    assert schedule.due(15.0, 10) == [1]


def test_many_that_are_late_are_spread_over_their_interval(schedule):
    schedule.refresh(planned(*[None] * 3000), 0.0)

    turns = taken(schedule, 60.0)

    moments = [at for at, _ in turns]
    assert len({device_id for _, device_id in turns}) == 3000
    assert max(moments.count(at) for at in set(moments)) <= 10


def test_a_few_that_are_late_do_not_wait_for_a_minute(schedule):
    schedule.refresh(planned(*[None] * 4), 0.0)

    assert len(taken(schedule, 0.3)) == 4


def test_each_device_keeps_its_own_interval(schedule):
    schedule.refresh([Planned(1, 10, 0), Planned(2, 60, 0)], 0.0)

    assert [device_id for _, device_id in taken(schedule, 120.5)].count(1) == 12
    assert len([device_id for _, device_id in taken(schedule, 120.5)]) <= 2


def test_a_look_that_lies_ahead_counts_as_one_of_now(schedule):
    schedule.refresh(planned(-86_400), 0.0)

    assert schedule.due(60.0, 10) == [1]


def test_a_refresh_changes_no_turn_that_stands(schedule):
    schedule.refresh(planned(0), 0.0)

    for now in (20.0, 40.0):
        schedule.refresh(planned(0), now)

    assert schedule.due(60.0, 10) == [1]


def test_a_changed_interval_gives_a_new_turn(schedule):
    schedule.refresh(planned(0), 0.0)

    schedule.refresh(planned(0, every_s=10), 5.0)

    assert (schedule.due(14.9, 10), schedule.due(15.0, 10)) == ([], [1])


def test_a_device_that_is_gone_has_no_turn(schedule):
    schedule.refresh(planned(None, None), 0.0)

    schedule.refresh(planned(None), 0.0)

    assert ([device_id for _, device_id in taken(schedule, 59)], 2 in schedule) == ([1], False)


def test_no_more_are_taken_than_asked_for_and_the_rest_comes_next(schedule):
    schedule.refresh(planned(None, None, None), 0.0)

    assert [schedule.due(5.0, 2), schedule.due(5.0, 2)] == [[1, 2], [3]]


def test_a_device_somebody_has_just_looked_at_waits_a_whole_interval(schedule):
    schedule.refresh(planned(30), 0.0)

    schedule.looked_at(1, 29.0)

    assert (schedule.due(88.9, 10), schedule.due(89.0, 10)) == ([], [1])


def test_after_standing_still_no_device_comes_twice(schedule):
    schedule.refresh(planned(0), 0.0)

    assert (schedule.due(600.0, 10), schedule.due(659.9, 10), schedule.due(660.0, 10)) == ([1], [], [1])


def test_turns_that_do_not_count_do_not_pile_up(schedule):
    schedule.refresh(planned(0), 0.0)

    for now in range(10_000):
        schedule.looked_at(1, float(now))

    assert len(schedule._heap) < 200
