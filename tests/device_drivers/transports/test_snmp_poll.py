"""Polling agents with faults: what they said is kept, what they did not say is absent, and the next poll goes around the fault."""

import pytest
from snmp_rig import HC_IN_OCTETS, IF_DESCR, PUBLIC, PUBLIC_V1, SYSTEM, interfaces, scalars, user

from device_drivers.errors import NoSnmpAnswer, SnmpNoAccess, UnexpectedReply
from device_drivers.simulators.snmp_agent import AgentBadDay, typed
from device_drivers.snmp.asking import Unreadable
from device_drivers.transports import snmp_ber
from device_drivers.transports.snmp_ber import COUNTER_64, GET, GET_BULK, GET_NEXT, NULL, OCTETS, TIME_TICKS
from device_drivers.transports.snmp_quirks import Quirks

FOUR = tuple((*SYSTEM, number, 0) for number in range(1, 5))


def kinds(agent) -> list[int]:
    return [kind for kind, _ in agent.heard]


@pytest.mark.parametrize("login", [PUBLIC_V1, PUBLIC, user()])
def test_objects_and_columns_are_read_in_every_version(rig, login):
    agent = rig.agent(users=[user()])

    polled = rig.poll(agent, login, objects=FOUR, columns=(IF_DESCR,))

    assert polled.answers.values == {name: b"scalar %d" % number for number, name in enumerate(FOUR, 1)} | {
        (*IF_DESCR, row): b"port %d" % row for row in (1, 2, 3)}
    assert polled.answers.column(IF_DESCR) == {(1,): b"port 1", (2,): b"port 2", (3,): b"port 3"}
    assert polled.answers.flags == frozenset() and polled.quirks == Quirks()


@pytest.mark.parametrize("login", [PUBLIC_V1, PUBLIC, user()])
def test_one_missing_object_is_absent_and_loses_no_other(rig, login):
    agent = rig.agent(users=[user()])

    polled = rig.poll(agent, login, objects=(*FOUR, (*SYSTEM, 99, 0)))

    assert set(polled.answers.values) == set(FOUR)


def test_a_version_1_agent_is_not_asked_again_for_what_it_does_not_have(rig):
    agent, missing = rig.agent(), (*SYSTEM, 99, 0)
    quirks = rig.poll(agent, PUBLIC_V1, objects=(missing, *FOUR)).quirks
    agent.heard.clear()

    polled = rig.poll(agent, PUBLIC_V1, objects=(missing, *FOUR), quirks=quirks)

    assert quirks.broken == {missing}
    assert set(polled.answers.values) == set(FOUR) and agent.heard == [(GET, FOUR)]


def test_an_agent_that_refuses_everything_is_up_and_nothing_is_held_against_its_objects(rig):
    agent = rig.agent(bad=AgentBadDay(stumbles_on=frozenset(FOUR)))

    polled = rig.poll(agent, objects=FOUR)

    assert polled.answers.values == {} and polled.quirks.broken == frozenset()


@pytest.mark.parametrize("points", [True, False])
def test_the_object_an_agent_stumbles_over_is_found_once_and_remembered(rig, points):
    agent = rig.agent(bad=AgentBadDay(stumbles_on=frozenset({FOUR[2]}), points_at_culprit=points))
    first = rig.poll(agent, objects=FOUR)
    agent.heard.clear()

    second = rig.poll(agent, objects=FOUR, quirks=first.quirks)

    assert set(first.answers.values) == set(second.answers.values) == {FOUR[0], FOUR[1], FOUR[3]}
    assert "asked_singly" in first.answers.flags and first.quirks.broken == {FOUR[2]}
    assert agent.heard == [(GET, (FOUR[0], FOUR[1], FOUR[3]))]


def test_an_answer_too_big_halves_the_question_and_the_next_poll_begins_there(rig):
    names = tuple((*SYSTEM, number, 0) for number in range(1, 13))
    agent = rig.agent(scalars(12), bad=AgentBadDay(too_big_over=3))
    first = rig.poll(agent, objects=names)
    agent.heard.clear()

    second = rig.poll(agent, objects=names, quirks=first.quirks)

    assert len(first.answers.values) == len(second.answers.values) == 12
    assert first.quirks.at_once == 3 and len(agent.heard) == 4


def test_a_walk_too_big_asks_for_fewer_rows(rig):
    agent = rig.agent(interfaces(20), bad=AgentBadDay(too_big_over=4))

    polled = rig.poll(agent, columns=(IF_DESCR,))

    assert len(polled.answers.values) == 20 and polled.quirks.repetitions == 2 and not polled.quirks.no_bulk


@pytest.mark.parametrize("login", [PUBLIC_V1, PUBLIC])
def test_an_object_that_must_not_be_seen_loses_no_other(rig, login):
    agent = rig.agent(bad=AgentBadDay(denied=frozenset({FOUR[1]})))

    assert set(rig.poll(agent, login, objects=FOUR).answers.values) == {FOUR[0], FOUR[2], FOUR[3]}


@pytest.mark.parametrize("points", [True, False])
def test_an_agent_that_shows_nothing_is_a_matter_of_views_and_not_down(rig, points):
    agent = rig.agent(bad=AgentBadDay(denied=frozenset({*FOUR, IF_DESCR}), points_at_culprit=points))

    assert isinstance(rig.failure(agent, objects=FOUR), SnmpNoAccess)
    assert isinstance(rig.failure(agent, objects=(), columns=(IF_DESCR,)), SnmpNoAccess)


def test_an_empty_answer_is_a_failed_poll(rig):
    assert isinstance(rig.failure(rig.agent(bad=AgentBadDay(empty=True)), objects=FOUR), UnexpectedReply)


def test_names_decide_and_not_places(rig):
    agent = rig.agent(bad=AgentBadDay(shuffled=True))

    assert rig.poll(agent, objects=FOUR).answers.values[FOUR[0]] == b"scalar 1"


def test_an_answer_to_other_names_than_asked_is_no_answer_to_these(rig):
    polled = rig.poll(rig.agent(bad=AgentBadDay(wrong_oids=True)), objects=FOUR)

    assert polled.answers.values == {} and polled.answers.flags == {"wrong_oid"}


def test_null_is_absent_and_an_empty_text_is_not(rig):
    agent = rig.agent({FOUR[0]: (NULL, b""), FOUR[1]: typed(OCTETS, "")})

    assert rig.poll(agent, objects=FOUR[:2]).answers.values == {FOUR[1]: b""}


def test_an_unsigned_number_without_its_leading_zero_is_read_whole(rig):
    agent = rig.agent({FOUR[2]: typed(TIME_TICKS, 4_294_966_000)}, bad=AgentBadDay(negative=True))

    assert rig.poll(agent, objects=FOUR[2:3]).answers.values == {FOUR[2]: 4_294_966_000}


@pytest.mark.parametrize("login", [PUBLIC, user()])
def test_octets_behind_an_answer_do_no_harm(rig, login):
    agent = rig.agent(users=[user()], bad=AgentBadDay(trailing=b"\x00\x00garbage"))

    assert len(rig.poll(agent, login, objects=FOUR).answers.values) == 4


def test_a_type_nobody_knows_is_kept_as_unreadable(rig):
    agent = rig.agent({FOUR[0]: (0x9F, b"?"), FOUR[1]: typed(OCTETS, "here")})

    assert rig.poll(agent, objects=FOUR[:2]).answers.values == {FOUR[0]: Unreadable(0x9F, b"?"), FOUR[1]: b"here"}


@pytest.mark.parametrize("login", [PUBLIC, PUBLIC_V1])
def test_snmp_case_9_a_walk_that_turns_in_circles_stops_keeps_its_rows_and_flags_the_agent(rig, login):
    agent = rig.agent(scalars() | interfaces(), bad=AgentBadDay(loops=True, ignores_bulk=True))

    polled = rig.poll(agent, login, columns=(IF_DESCR,), quirks=Quirks(no_bulk=True))

    assert polled.answers.column(IF_DESCR) == {(1,): b"port 1", (2,): b"port 2"}
    assert "agent_loops" in polled.answers.flags and polled.quirks.loops
    assert kinds(agent) == [GET_NEXT] * 3


def test_snmp_case_9_a_walk_with_getbulk_that_turns_in_circles_stops_too(rig):
    polled = rig.poll(rig.agent(bad=AgentBadDay(loops=True)), columns=(IF_DESCR,))

    assert len(polled.answers.values) == 2 and "agent_loops" in polled.answers.flags


def test_snmp_case_11_an_agent_that_ignores_getbulk_is_walked_with_getnext_and_remembered(rig):
    agent = rig.agent(bad=AgentBadDay(ignores_bulk=True))
    first = rig.poll(agent, objects=FOUR, columns=(IF_DESCR,))
    agent.heard.clear()

    second = rig.poll(agent, columns=(IF_DESCR,), quirks=first.quirks)

    assert len(first.answers.column(IF_DESCR)) == len(second.answers.column(IF_DESCR)) == 3
    assert first.quirks.no_bulk and "no_bulk" in first.answers.flags
    assert GET_BULK not in kinds(agent)


def test_an_agent_that_chokes_on_many_rows_is_asked_for_fewer(rig):
    agent = rig.agent(interfaces(20), bad=AgentBadDay(most_repetitions=6))

    polled = rig.poll(agent, columns=(IF_DESCR,))

    assert len(polled.answers.values) == 20
    assert polled.quirks == Quirks(repetitions=5)


def test_snmp_case_13_a_getbulk_that_brings_one_row_is_continued_from_that_row(rig):
    agent = rig.agent(bad=AgentBadDay(one_row_bulk=True))

    polled = rig.poll(agent, columns=(IF_DESCR,))

    assert polled.answers.column(IF_DESCR) == {(1,): b"port 1", (2,): b"port 2", (3,): b"port 3"}
    assert set(kinds(agent)) == {GET_BULK} and not polled.quirks.no_bulk


@pytest.mark.parametrize("columns", [(), (HC_IN_OCTETS,)])
def test_snmp_case_15_a_counter64_in_a_version_1_answer_is_read_and_loses_nothing(rig, columns):
    octets = (*HC_IN_OCTETS, 1)
    agent = rig.agent({FOUR[0]: typed(OCTETS, "sw"), octets: typed(COUNTER_64, 2**40 + 7)})

    polled = rig.poll(agent, PUBLIC_V1, objects=(FOUR[0],) if columns else (FOUR[0], octets), columns=columns)

    assert polled.answers.values == {FOUR[0]: b"sw", octets: 2**40 + 7}


def test_an_agent_that_falls_silent_in_the_middle_keeps_what_it_told(rig):
    agent = rig.agent()
    agent._ignores = lambda pdu: pdu.kind != GET

    polled = rig.poll(agent, objects=FOUR, columns=(IF_DESCR,), timeout_s=0.05)

    assert set(polled.answers.values) == set(FOUR)
    assert polled.answers.flags == {"fell_silent"} and not polled.quirks.no_bulk


def test_a_lost_datagram_is_asked_again_and_no_fault_of_the_agent(rig):
    agent = rig.agent(bad=AgentBadDay(drops=1))

    polled = rig.poll(agent, columns=(IF_DESCR,))

    assert len(polled.answers.values) == 3 and polled.asked_again == 1 and polled.quirks == Quirks()


def test_a_walk_without_end_is_cut(rig):
    agent = rig.agent(interfaces(1))
    endless = iter(range(1, 10**9))
    agent._next = lambda name: ((*IF_DESCR, next(endless)), typed(OCTETS, "x"))

    polled = rig.poll(agent, columns=(IF_DESCR,))

    assert len(polled.answers.values) == 2000 and "walk_cut" in polled.answers.flags


def test_a_column_that_is_not_there_is_empty(rig):
    polled = rig.poll(rig.agent(), columns=((1, 3, 6, 1, 4, 1, 9),))

    assert polled.answers.values == {} and polled.answers.flags == frozenset()


def test_an_agent_whose_every_answer_is_late_is_not_listened_to_for_ever(rig, monkeypatch):
    monkeypatch.setattr("device_drivers.transports.snmp.LONGEST_S", 0.3)
    agent = rig.agent(interfaces(200), bad=AgentBadDay(late_s=0.05))

    polled = rig.poll(agent, columns=(IF_DESCR,), quirks=Quirks(no_bulk=True))

    assert 0 < len(polled.answers.values) < 100
    assert {"out_of_time", "fell_silent"} <= polled.answers.flags


def test_a_dead_agent_is_named_with_what_it_may_be(rig):
    error = rig.failure(rig.agent(bad=AgentBadDay(silent=True)), objects=FOUR, timeout_s=0.05)

    assert isinstance(error, NoSnmpAnswer) and "down, blocked or wrong community" in str(error)


def test_a_wrong_community_looks_like_a_dead_agent_and_is_said_to(rig):
    error = rig.failure(rig.agent(community="private"), objects=FOUR, timeout_s=0.05)

    assert isinstance(error, NoSnmpAnswer) and "wrong community" in str(error)


def test_a_hostile_answer_is_survived(rig):
    agent = rig.agent()
    agent.answer = lambda data: snmp_ber.message(1, b"public", b"\xa2\x84\xff\xff\xff\xff")

    error = rig.failure(agent, objects=FOUR, timeout_s=0.05)

    assert isinstance(error, NoSnmpAnswer) and rig.engine.counters["malformed"] == 2
