"""What every class of SNMP devices keeps: it asks within reason, it never raises, and it makes no value out of nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.readings import Health
from device_drivers.snmp import detection, measuring
from device_drivers.snmp.asking import Answers, Detected, Oid
from device_drivers.snmp.classes import CLASSES
from device_drivers.snmp.health import worst
from device_drivers.snmp.names import READINGS

from .replay import NAMES, detected, polled, read, recorded
from .test_values import VALUES

WITHOUT_FILES = settings(deadline=None, database=None)
KINDS = sorted({kind for kind in (*detection._PREFIXES.values(), *detection._PROBES.values()) if kind} | {(name, "") for name in CLASSES})
INDEXES = st.lists(st.integers(0, 2**32), min_size=1, max_size=3).map(tuple)
FOUND = VALUES.filter(lambda value: value is not None)


def an_identity(kind: tuple[str, str], description: str = "") -> Detected:
    return Detected(kind[0], kind[1], None, description)


@st.composite
def answers_to(draw: st.DrawFn, kind: tuple[str, str], at_s: float) -> Answers:
    """Answers with anything at all under the names that the class asks for."""
    asked = CLASSES[kind[0]].asked_of(an_identity(kind))
    names = [st.sampled_from(asked.objects)]
    if asked.columns:
        indexes = draw(st.lists(INDEXES, min_size=1, max_size=2))
        names.append(st.builds(lambda base, index: (*base, *index), st.sampled_from(asked.columns), st.sampled_from(indexes)))
    values: dict[Oid, object] = draw(st.dictionaries(st.one_of(names), st.one_of(FOUND, st.integers(0, 20)), max_size=25))
    return Answers(values, at_s, draw(st.one_of(st.none(), st.integers())), draw(st.one_of(st.none(), st.integers())))  # type: ignore[arg-type]


@WITHOUT_FILES
@given(st.data())
def test_nothing_an_agent_answers_makes_a_class_raise_or_name_what_nobody_knows(data):
    kind = data.draw(st.sampled_from(KINDS))
    now, earlier = data.draw(answers_to(kind, 1060)), data.draw(st.one_of(st.none(), answers_to(kind, data.draw(st.sampled_from([1000, 2000])))))

    measured = CLASSES[kind[0]].read(now, earlier, an_identity(kind, data.draw(st.sampled_from(["", "Linux"]))))

    assert {one.name for one in measured} <= set(READINGS)
    assert [one for one in measured if one.unit not in ("", READINGS[one.name].unit)] == []
    assert {one.mark for one in measured} <= measuring.MARKS | {""}
    assert [one for one in measured if one.value is None and one.health is not Health.UNKNOWN and one.mark != measuring.SOME_LEFT] == []
    assert [one for one in measured if one.value is not None and not one.raw] == []
    assert worst(measured) in Health


@pytest.mark.parametrize("kind", KINDS, ids=".".join)
def test_an_agent_that_answers_nothing_has_no_value_and_unknown_health(kind):
    measured = CLASSES[kind[0]].read(Answers({}, 60), Answers({}, 0), an_identity(kind))

    assert {one.value for one in measured} == {None}
    assert worst(measured) is Health.UNKNOWN


@pytest.mark.parametrize("name", NAMES)
def test_every_object_that_is_taken_away_takes_its_value_along(name):
    values = recorded(name)
    found = detected(values)
    one, asked = CLASSES[found.device_class], CLASSES[found.device_class].asked_of(found)
    whole = one.read(polled(values, asked), None, found)

    for taken in polled(values, asked).values:
        left = one.read(polled({key: value for key, value in values.items() if key != taken}, asked), None, found)
        assert sum(1 for measured in left if measured.value is not None) <= sum(1 for measured in whole if measured.value is not None) + 1, taken
        assert [measured for measured in left if measured.value is not None and not measured.raw] == []


@pytest.mark.parametrize("kind", KINDS, ids=".".join)
def test_a_class_asks_nothing_twice_and_never_the_column_that_chokes_agents(kind):
    asked = CLASSES[kind[0]].asked_of(an_identity(kind))

    assert len(set(asked.objects)) == len(asked.objects)
    assert len(set(asked.columns)) == len(asked.columns)
    assert (1, 3, 6, 1, 2, 1, 2, 2, 1, 22) not in asked.columns
    assert [name for name in asked.objects if any(name[:len(base)] == base for base in asked.columns)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_places_of_a_reading_are_told_apart(name):
    places = [(one.name, one.place) for one in read(recorded(name))]

    assert sorted(set(places)) == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_answers_are_always_read_the_same(name):
    values = recorded(name)

    assert read(values, values) == read(dict(reversed(values.items())), dict(reversed(values.items())))


def test_every_reading_of_the_table_is_read_by_some_class():
    sources = "".join(path.read_text("utf-8") for path in Path(measuring.__file__).parent.glob("*.py") if path.stem != "names")

    assert [name for name in READINGS if f'"{name}"' not in sources] == []
