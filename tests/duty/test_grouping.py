"""Which silent devices have one cause."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomctl.duty.grouping import Behind, Down, Line, causes, units_silent

PROVINCE, OTHER = "/1/7/", "/1/8/"


def silent(path: str, *ids: int) -> list[Down]:
    return [Down(device_id, path) for device_id in ids]


def communes(count: int, *, of: str = PROVINCE) -> list[Down]:
    """Return one silent device in each of some communes."""
    return [Down(100 + number, f"{of}{200 + number}/") for number in range(count)]


def one_each(down: list[Down]) -> dict[str, int]:
    return dict(Counter(one.unit_path for one in down))


def test_a_province_of_which_everything_is_silent_has_one_cause():
    down = communes(102)

    found = causes(down, {}, {**one_each(down), OTHER: 50})

    assert set(found) == {one.device_id for one in down}
    assert set(found.values()) == {Line(PROVINCE)}


@pytest.mark.parametrize(("down", "in_use", "is_line"), [(8, 10, True), (7, 10, False), (3, 3, True), (2, 2, False), (4, 5, True), (79, 100, False)])
def test_a_line_is_suspected_from_four_fifths_and_three_devices_on(down, in_use, is_line):
    found = causes(silent(PROVINCE, *range(down)), {}, {PROVINCE: in_use, OTHER: 100})

    assert bool(found) == is_line


def test_the_highest_unit_of_which_nearly_all_is_silent_is_the_cause():
    down = [*silent("/1/7/70/", 1, 2, 3), *silent("/1/7/71/", 4, 5, 6), *silent("/1/8/80/", 7, 8, 9)]
    in_use = {"/1/7/70/": 3, "/1/7/71/": 3, "/1/8/80/": 3, "/1/8/81/": 30}

    found = causes(down, {}, in_use)

    assert {cause.unit_path for cause in found.values()} == {"/1/7/", "/1/8/80/"}


def test_silence_in_one_commune_only_is_the_communes_line():
    assert set(causes(silent("/1/7/70/", 1, 2, 3), {}, {"/1/7/70/": 3}).values()) == {Line("/1/7/70/")}


def test_devices_behind_a_silent_switch_are_its_fault():
    found = causes(silent(PROVINCE, 1, 2, 9), {1: 9, 2: 9}, {PROVINCE: 50})

    assert found == {1: Behind(9), 2: Behind(9)}


def test_a_switch_that_answers_is_nobodys_cause():
    assert causes(silent(PROVINCE, 1, 2), {1: 9, 2: 9}, {PROVINCE: 50}) == {}


def test_the_topmost_silent_device_is_the_cause_of_the_whole_chain():
    assert causes(silent(PROVINCE, 1, 2, 3), {1: 2, 2: 3}, {PROVINCE: 50}) == {1: Behind(3), 2: Behind(3)}


def test_a_device_beyond_one_that_answers_is_not_to_blame():
    assert causes(silent(PROVINCE, 1, 3), {1: 2, 2: 3}, {PROVINCE: 50}) == {}


def test_where_one_switch_explains_a_whole_silent_unit_no_line_is_suspected():
    found = causes(silent(PROVINCE, 1, 2, 3, 9), {1: 9, 2: 9, 3: 9}, {PROVINCE: 4, OTHER: 50})

    assert found == {1: Behind(9), 2: Behind(9), 3: Behind(9)}


def test_a_switch_that_does_not_explain_everything_goes_down_with_the_line():
    found = causes(silent(PROVINCE, 1, 2, 3, 9), {1: 9, 2: 9}, {PROVINCE: 4, OTHER: 50})

    assert set(found.values()) == {Line(PROVINCE)} and set(found) == {1, 2, 3, 9}


def test_what_stands_behind_a_switch_of_a_unit_that_is_cut_off_is_cut_off_with_it():
    down = [*silent(PROVINCE, 1, 2, 3, 9), *silent(OTHER, 20)]

    found = causes(down, {20: 9}, {PROVINCE: 4, OTHER: 50})

    assert found[20] == Line(PROVINCE)


def test_a_ring_of_links_ends_at_its_first_device():
    assert causes(silent(PROVINCE, 1, 2, 3), {1: 2, 2: 3, 3: 1}, {PROVINCE: 50}) == {2: Behind(1), 3: Behind(1)}


def test_a_unit_of_which_half_is_silent_is_in_doubt():
    assert units_silent(silent(PROVINCE, 1, 2, 3), {PROVINCE: 6, OTHER: 1}, share_percent=50) == {PROVINCE}


def test_nothing_silent_has_no_cause():
    assert causes([], {}, {PROVINCE: 5}) == {}


# Whatever the tree and the links

PATHS = st.sampled_from(["/1/", "/1/2/", "/1/2/3/", "/1/2/4/", "/1/5/", "/1/5/6/", "/1/5/7/"])


@st.composite
def worlds(draw):
    placed = draw(st.lists(PATHS, max_size=25))
    devices = dict(enumerate(placed))
    down = [Down(device_id, devices[device_id]) for device_id in sorted(draw(st.sets(st.sampled_from(sorted(devices)) if devices else st.nothing())))]
    ids = st.integers(0, 30)
    return devices, down, draw(st.dictionaries(ids, ids, max_size=20)), dict(Counter(placed))


@given(worlds())
def test_a_cause_never_has_a_cause_and_only_silent_devices_have_one(world):
    _, down, upstream, in_use = world

    found = causes(down, upstream, in_use)

    assert set(found) <= {one.device_id for one in down}
    for device_id, cause in found.items():
        if isinstance(cause, Behind):
            assert cause.device_id != device_id and cause.device_id not in found and cause.device_id in {one.device_id for one in down}


@given(worlds())
def test_a_line_takes_everything_silent_below_it_and_no_line_lies_below_another(world):
    _, down, upstream, in_use = world

    found = causes(down, upstream, in_use)

    lines = {cause.unit_path for cause in found.values() if isinstance(cause, Line)}
    for path in lines:
        assert {found[one.device_id] for one in down if one.unit_path.startswith(path)} == {Line(path)}
        assert not [other for other in lines if other != path and other.startswith(path)]


@given(worlds())
def test_a_line_is_named_only_where_nearly_all_is_silent(world):
    devices, down, upstream, in_use = world

    for path in {cause.unit_path for cause in causes(down, upstream, in_use).values() if isinstance(cause, Line)}:
        below = [device_id for device_id, unit in devices.items() if unit.startswith(path)]
        gone = [one for one in down if one.unit_path.startswith(path)]
        assert len(gone) >= 3 and len(gone) * 100 >= 80 * len(below)


@given(worlds(), st.randoms())
def test_the_order_in_which_devices_are_told_of_does_not_matter(world, chance):
    _, down, upstream, in_use = world
    other = list(down)
    chance.shuffle(other)

    assert causes(other, upstream, in_use) == causes(down, upstream, in_use)
