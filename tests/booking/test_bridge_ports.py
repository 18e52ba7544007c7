"""Ports of bridges are held from booking on, with every change of rooms and times, and never by two at once."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from builders import Place, a_room, a_span
from sqlalchemy import func, select, update

from booking import test_race
from booking.bridged import a_bridge, a_device, book, broken, equipped_rooms, held_by, occurrences_of, with_codecs
from roomctl.booking import amend, cancel, decide, mandatory, replace, series
from roomctl.booking.amendment import Amendment
from roomctl.booking.bridge_ports import hold_what_lacks, reserved_parts, settle_ports, settle_touched
from roomctl.booking.early import free_the_rest, hold_again
from roomctl.booking.longer import extend_within
from roomctl.booking.planning import connect
from roomctl.booking.port_tables import BridgePorts
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.scope import Scope
from roomctl.booking.tables import Reservation
from roomctl.database import db, write_transaction
from roomctl.devices.tables import Device
from roomctl.errors import Conflict
from roomctl.timespan import Span

racers = test_race.racers
LATER = a_span("2027-03-02T02:00")


@pytest.fixture(autouse=True)
def known_abilities(monkeypatch):
    """What a family can do is said here: a room's codec cannot be called unless it is a Poly, and a bridge can call another."""
    can = {"poly": frozenset({"answer"}), "simulated_bridge": frozenset({"dial"})}
    monkeypatch.setattr(connect, "supports", lambda family: can.get(family, frozenset()))


@pytest.fixture
def rooms(place) -> list[int]:
    """Six rooms of the centre."""
    return equipped_rooms(place.centre, 6)


def test_a_booked_conference_holds_a_port_for_each_room_with_a_codec_and_one_address_while_it_takes_place(place, rooms):
    bridge = a_bridge(place.centre, ports=10)

    conference_id = book(place, [*rooms[:3], place.other_room.id])

    (part,) = reserved_parts(occurrences_of(conference_id)[0].id)
    assert (part.bridge_id, part.ports, part.address in bridge.pool, part.span) == (bridge.id, 3, True, a_span())


def test_two_rooms_whose_host_can_be_called_hold_nothing(place):
    a_bridge(place.centre, ports=10)
    a_device(place.centre, room=place.hall, family="poly")
    with_codecs(place.room)

    two = book(place, [place.hall.id, place.room.id])
    other_way_round = book(place, [place.room.id, place.hall.id], span=LATER)

    assert (held_by(two), [len(parts) for parts in held_by(other_way_round)]) == ([[]], [1])


def test_whoever_comes_when_too_few_ports_are_left_is_told_how_many_and_nothing_is_booked(place, rooms):
    bridge = a_bridge(place.centre, ports=5, name="Cầu Hà Nội")
    book(place, rooms[:3])

    with pytest.raises(Conflict) as refused:
        book(place, rooms[3:6])

    facts = refused.value.facts
    assert (refused.value.reason, facts["bridge"], facts["wanted"], facts["free"], facts["at"]) == ("bridge_full", bridge.name, 3, 2, a_span().start)
    assert db.session.scalar(select(func.count()).select_from(Reservation)) == 3


def test_a_bridge_whose_addresses_are_all_held_is_full_whatever_its_ports(place, rooms):
    a_bridge(place.centre, ports=50, addresses=1)
    book(place, rooms[:3])

    with pytest.raises(Conflict, match="bridge_no_address"):
        book(place, rooms[3:6])


def test_what_is_held_one_after_another_is_counted_once(place, rooms):
    a_bridge(place.centre, ports=5)
    book(place, rooms[:3])
    book(place, rooms[:3], span=LATER)

    with pytest.raises(Conflict):
        book(place, rooms[3:6], span=a_span(minutes=120))
    book(place, rooms[4:6], span=a_span(minutes=120))

    assert broken() == []


def test_without_a_bridge_at_or_above_the_host_people_book_as_ever(place, rooms):
    a_bridge(place.province, ports=10)

    assert held_by(book(place, rooms[:3])) == [[]]


def test_several_bridges_are_held_together_and_the_lower_one_knows_the_top(place, rooms):
    top, lower = a_bridge(place.centre, ports=4), a_bridge(place.province, ports=3)
    below = equipped_rooms(place.province, 2)

    conference_id = book(place, [*rooms[:3], *below])

    first, second = reserved_parts(occurrences_of(conference_id)[0].id)
    assert [(first.bridge_id, first.ports, first.upper_id), (second.bridge_id, second.ports, second.upper_id)] == [
        (top.id, 4, None), (lower.id, 3, first.id)]


def test_settled_again_nothing_is_written(place, rooms):
    a_bridge(place.centre, ports=10)
    occurrence_id = occurrences_of(book(place, rooms[:3]))[0].id
    before = [(one.id, one.address, one.ports, one.released_at) for one in reserved_parts(occurrence_id)]

    for _ in range(2):
        with write_transaction():
            settle_ports(db.session.get_one(Reservation, 1).occurrence)

    assert [(one.id, one.address, one.ports, one.released_at) for one in reserved_parts(occurrence_id)] == before
    assert db.session.scalar(select(func.count()).select_from(BridgePorts)) == 1


# Whatever changes


def test_refused_a_room_gives_its_port_back_and_a_cancelled_conference_all(place, rooms):
    bridge = a_bridge(place.centre, ports=10)
    conference_id = book(place, [*rooms[:3], *with_codecs(place.room)])
    held = next(one for one in occurrences_of(conference_id)[0].reservations if one.room_id == place.room.id)

    decide.refuse_reservation(held.id, by=place.province_approver, reason="Sửa phòng")
    after_refusal = held_by(conference_id)
    cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    assert (after_refusal, held_by(conference_id)) == ([[(bridge.id, 3)]], [[]])


def test_a_decision_taken_back_takes_the_port_again(place, rooms):
    bridge = a_bridge(place.centre, ports=10)
    conference_id = book(place, [*rooms[:3], *with_codecs(place.room)])
    held = next(one for one in occurrences_of(conference_id)[0].reservations if one.room_id == place.room.id)
    decide.refuse_reservation(held.id, by=place.province_approver, reason="Sửa phòng")

    decide.undo_decision([held.id], by=place.province_approver)

    assert held_by(conference_id) == [[(bridge.id, 4)]]


def test_what_lapses_at_the_start_gives_its_port_back(place, rooms, set_clock):
    bridge = a_bridge(place.centre, ports=10)
    conference_id = book(place, [*rooms[:3], *with_codecs(place.room)])
    set_clock.at = a_span().start

    decide.lapse_undecided()

    assert held_by(conference_id) == [[(bridge.id, 3)]]


def test_amended_it_holds_what_its_rooms_and_its_time_ask_for(place, rooms):
    bridge = a_bridge(place.centre, ports=5)
    conference_id = book(place, rooms[:3])
    address = reserved_parts(occurrences_of(conference_id)[0].id)[0].address

    amend.amend_conference(conference_id, Amendment(span=LATER, room_ids=tuple(rooms[:5])), by=place.clerk)

    (part,) = reserved_parts(occurrences_of(conference_id)[0].id)
    assert (part.bridge_id, part.ports, part.span, part.address) == (bridge.id, 5, LATER, address)


def test_an_amendment_that_finds_no_ports_changes_nothing(place, rooms):
    bridge = a_bridge(place.centre, ports=5)
    conference_id = book(place, rooms[:3])
    book(place, rooms[3:5])

    with pytest.raises(Conflict, match="bridge_full"):
        amend.amend_conference(conference_id, Amendment(room_ids=(*rooms[:3], rooms[5])), by=place.clerk)

    assert held_by(conference_id) == [[(bridge.id, 3)]]
    assert {one.room_id for one in occurrences_of(conference_id)[0].reservations} == set(rooms[:3])


def test_a_title_may_change_and_a_conference_shrink_though_its_bridge_was_made_smaller(place, rooms):
    bridge = a_bridge(place.centre, ports=6)
    conference_id = book(place, rooms[:6])
    with write_transaction():
        db.session.get_one(Device, bridge.id).ports = 5

    amend.amend_conference(conference_id, Amendment(title="Tên mới", span=a_span(minutes=30)), by=place.clerk)
    kept = [(one.ports, one.span) for one in reserved_parts(occurrences_of(conference_id)[0].id)]
    amend.amend_conference(conference_id, Amendment(room_ids=tuple(rooms[:4])), by=place.clerk)

    assert (kept, held_by(conference_id)) == ([(6, a_span(minutes=30))], [[(bridge.id, 4)]])


def test_a_series_that_moves_into_its_own_former_times_keeps_its_ports(place, rooms):
    bridge = a_bridge(place.centre, ports=3, addresses=1)
    daily = book(place, rooms[:3], span=a_span(minutes=20 * 60), recurrence=Recurrence(rule="FREQ=DAILY;COUNT=4"))

    amend.amend_conference(daily, Amendment(span=a_span("2027-03-02T11:00", 20 * 60)), scope=Scope.ALL, by=place.clerk)

    assert (held_by(daily), broken()) == ([[(bridge.id, 3)]] * 4, [])


def test_one_date_of_a_series_that_finds_no_ports_is_named_and_none_is_booked(place, rooms):
    a_bridge(place.centre, ports=5)
    book(place, rooms[:3], span=a_span("2027-03-04T01:00"))

    with pytest.raises(Conflict) as refused:
        book(place, rooms[3:6], recurrence=Recurrence(rule="FREQ=DAILY;COUNT=5"))

    assert refused.value.facts["at"] == datetime(2027, 3, 4, 1, tzinfo=UTC)


def test_a_date_added_holds_ports_and_a_date_cancelled_gives_them_back(place, rooms):
    bridge = a_bridge(place.centre, ports=5)
    daily = book(place, rooms[:3], recurrence=Recurrence(rule="FREQ=DAILY;COUNT=2"))

    series.add_date(daily, datetime(2027, 3, 8, tzinfo=UTC).date(), by=place.clerk)
    with_one_more = held_by(daily)
    cancel.cancel_conference(daily, by=place.clerk, reason="", scope=Scope.THIS, occurrence_id=occurrences_of(daily)[0].id)

    assert (with_one_more, held_by(daily)) == ([[(bridge.id, 3)]] * 3, [[], [(bridge.id, 3)], [(bridge.id, 3)]])


def test_a_room_that_stands_in_for_a_refused_one_holds_its_port(place, rooms):
    bridge = a_bridge(place.centre, ports=10)
    instead = a_room(place.province)
    conference_id = book(place, [*rooms[:3], *with_codecs(place.room, instead)][:4])
    held = next(one for one in occurrences_of(conference_id)[0].reservations if one.room_id == place.room.id)
    decide.refuse_reservation(held.id, by=place.province_approver, reason="Sửa phòng")

    replace.replace_room(held.id, instead.id, by=place.clerk)

    assert held_by(conference_id) == [[(bridge.id, 4)]]


def test_the_displaced_give_their_ports_to_who_displaces_them(place, rooms):
    bridge, lower = a_bridge(place.centre, ports=4), a_bridge(place.province, ports=3)
    local_rooms = [*with_codecs(place.room), *equipped_rooms(place.province, 2)]
    local = book(place, local_rooms)
    wanting = book(place, [*rooms[:3], place.room.id], wait_for=frozenset({place.room.id}))
    before = held_by(wanting) + held_by(local)
    held = next(one for one in occurrences_of(local)[0].reservations if one.room_id == place.room.id)
    with write_transaction():
        db.session.get_one(Reservation, held.id).occurrence.conference.unit_id = place.province.id  # Local, and so to be displaced.
    mandatory.make_mandatory(wanting, by=place.centre_approver)

    mandatory.displace([held.id], for_occurrence_id=occurrences_of(wanting)[0].id, by=place.centre_approver, reason="Họp khẩn")

    assert (before, held_by(wanting), held_by(local)) == ([[(bridge.id, 3)], [(lower.id, 3)]], [[(bridge.id, 4)]], [[(lower.id, 2)]])


def test_who_comes_next_in_a_room_when_the_bridge_is_full_keeps_what_it_had_and_nobody_else_is_refused(place, rooms):
    bridge = a_bridge(place.centre, ports=5)
    lone = book(place, rooms[3:4])
    waits = book(place, [*rooms[:3], rooms[3]], wait_for=frozenset({rooms[3]}))
    book(place, rooms[4:6])

    cancel.cancel_conference(lone, by=place.clerk, reason="")

    assert {one.room_id for one in occurrences_of(waits)[0].standing} == set(rooms[:4])
    assert (held_by(waits), broken()) == ([[(bridge.id, 3)]], [])


def test_an_early_end_frees_the_bridge_and_another_start_takes_it_back_where_it_can(place, rooms, set_clock):
    bridge = a_bridge(place.centre, ports=5)
    conference_id = book(place, rooms[:3])
    at = a_span().start + timedelta(minutes=20)
    set_clock.at = at
    with write_transaction():
        occurrence = db.session.get_one(Reservation, 1).occurrence
        occurrence.actual_start_at, occurrence.actual_end_at = occurrence.planned_start_at, at
        free_the_rest(occurrence, at)
    ended = reserved_parts(occurrences_of(conference_id)[0].id)[0].span
    with write_transaction():
        occurrence = db.session.get_one(Reservation, 1).occurrence
        hold_again(occurrence)
        occurrence.actual_end_at = None

    assert (ended, reserved_parts(occurrence.id)[0].span) == (Span(a_span().start, at), a_span())
    assert held_by(conference_id) == [[(bridge.id, 3)]]


def test_a_conference_is_not_extended_into_the_time_for_which_others_hold_its_ports(place, rooms, set_clock):
    a_bridge(place.centre, ports=5)
    conference_id = book(place, rooms[:3])
    book(place, rooms[3:6], span=LATER)
    set_clock.at = a_span().start

    with pytest.raises(Conflict, match="bridge_full"), write_transaction():
        extend_within(db.session.get_one(Reservation, 1).occurrence, now=set_clock.at, by=None, origin="panel")

    assert occurrences_of(conference_id)[0].span == a_span()


def test_a_bridge_that_is_gone_is_given_up_when_the_conference_is_next_touched(place, rooms):
    gone, other = a_bridge(place.centre, ports=10), a_bridge(place.centre, ports=10)
    conference_id = book(place, rooms[:4])
    with write_transaction():
        db.session.get_one(Device, gone.id).retired_at = datetime(2027, 3, 1, 1, tzinfo=UTC)

    amend.amend_conference(conference_id, Amendment(room_ids=tuple(rooms[:3])), by=place.clerk)

    assert held_by(conference_id) == [[(other.id, 3)]]


def test_what_was_booked_before_there_was_a_bridge_gets_its_ports_and_what_grew_gets_the_rest_once_they_are_free(place, rooms, set_clock):
    early = book(place, rooms[:3])
    bridge = a_bridge(place.centre, ports=5)
    lone = book(place, rooms[3:4], span=LATER)
    grew = book(place, [*rooms[:3], rooms[3]], span=LATER, wait_for=frozenset({rooms[3]}))
    other = book(place, rooms[4:6], span=LATER)
    cancel.cancel_conference(lone, by=place.clerk, reason="")
    before = held_by(early) + held_by(grew)

    found = [hold_what_lacks(), hold_what_lacks()]
    cancel.cancel_conference(other, by=place.clerk, reason="")
    found.append(hold_what_lacks())

    assert (before, found) == ([[], [(bridge.id, 3)]], [1, 0, 1])
    assert held_by(early) + held_by(grew) == [[(bridge.id, 3)], [(bridge.id, 4)]]
    assert broken() == []


def test_a_bridge_of_which_too_much_is_held_is_named(place, rooms):
    bridge = a_bridge(place.centre, ports=10)
    first, second = (occurrences_of(book(place, some))[0].id for some in (rooms[:3], rooms[3:6]))
    with write_transaction() as session:
        session.execute(update(BridgePorts).values(address=bridge.pool[0]))
        session.get_one(Device, bridge.id).ports = 5

    assert broken() == [
        f"occurrence:{first} and occurrence:{second} hold the same address of device:{bridge.id}.",
        f"device:{bridge.id} has 5 ports, and 6 are held at 2027-03-02T01:00:00+00:00."]


# Many, and at once


@pytest.mark.slow
def test_four_hundred_dates_of_thirty_five_rooms_are_settled_in_a_moment(place):
    rooms = equipped_rooms(place.centre, 35)
    a_bridge(place.centre, ports=40)
    daily = book(place, rooms, recurrence=Recurrence(rule="FREQ=DAILY;COUNT=400"))
    with write_transaction():
        occurrences = [held.occurrence for held in db.session.scalars(select(Reservation).where(Reservation.room_id == rooms[0]))]
        began = time.perf_counter()
        for one in occurrences:
            one.planned_end_at += timedelta(minutes=1)
        db.session.flush()
        settle_touched()
        took = time.perf_counter() - began

    assert len(held_by(daily)) == 400
    assert took < 5


@pytest.fixture
def race(app_on, racers):
    return test_race.Race(app_on, Place(), racers)


def test_of_those_who_want_the_last_ports_at_once_exactly_one_gets_them(race):
    a_bridge(race.place.centre, ports=5)
    sets = [equipped_rooms(race.place.centre, 3) for _ in range(test_race.RACERS)]

    rounds = [race.round(number, sets) for number in range(8)]

    assert [test_race.wins(answers) for answers in rounds] == [1] * 8
    losers = [answer for answers in rounds for answer in answers if "won" not in answer]
    assert {(answer.get("lost"), answer.get("reason")) for answer in losers} == {("Conflict", "bridge_full")}
    assert broken() == []


def test_several_who_want_bridges_of_two_levels_at_once_neither_deadlock_nor_hold_too_much(race):
    a_bridge(race.place.centre, ports=6)
    a_bridge(race.place.province, ports=4)
    sets = [[*equipped_rooms(race.place.centre, 2), *equipped_rooms(race.place.province, 2)] for _ in range(test_race.RACERS)]
    turned = [[*one[2:], *one[:2]] if number % 2 else one for number, one in enumerate(sets)]

    rounds = [race.round(number, turned) for number in range(8)]

    assert [answer for answers in rounds for answer in answers if "broke" in answer] == []
    assert all(test_race.wins(answers) >= 1 for answers in rounds)
    assert broken() == []
