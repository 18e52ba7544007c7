"""Adding a room or a guest to a session that runs."""

import pytest
from builders import a_room
from chaired import Chaired, a_codec

from roomctl.booking import tables as booking
from roomctl.booking.lifecycle import ReservationState
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair, invariants, join, tables
from roomctl.sessions.control import Lead
from roomctl.sessions.floor import wish_for
from roomctl.sessions.roster import roster_of
from roomctl.sessions.states import LegState
from roomctl.timespan import Span

GUEST = ("Chuyên gia", "guest@outside.example")


@pytest.fixture
def chaired(app, set_clock):
    return Chaired(families=("cisco_roomos",) * 3)


def a_free_room(here, unit=None, **facts):
    room = a_room(unit or here.place.centre, **facts)
    a_codec(room)
    return room


def standing(here) -> dict[int, str]:
    db.session.rollback()
    return {one.room_id: one.state for one in booking.occurrence_by_id(here.occurrence_id).reservations}


def add(here, room, lead=None) -> int:
    return join.add_room(here.session_id, room.id, lead=lead or here.lead)


def test_a_free_room_of_ones_own_unit_is_reserved_and_waits_to_be_dialled(chaired):
    room = a_free_room(chaired)
    chair.mute_all(chaired.session_id, lead=chaired.lead)

    leg = chaired.leg(add(chaired, room, chaired.panel))

    assert (leg.kind, leg.room_id, leg.state, leg.wanted, leg.mute_wanted) == ("room", room.id, LegState.WAITING, True, True)
    assert (leg.bridge_id, leg.bridge_address, leg.own_address) == (chaired.bridge.id, "7001@bridge.example", f"{room.code}@vc.example")
    assert standing(chaired)[room.id] == ReservationState.GRANTED
    assert leg.device_id in tables.leased_device_ids()
    assert chaired.trail() == ["all_muted", "leg_added"]


def test_a_room_added_twice_is_one_leg(chaired):
    room = a_free_room(chaired)

    assert add(chaired, room) == add(chaired, room)
    assert chaired.trail() == ["leg_added"]


def test_a_room_that_was_reserved_and_got_its_codec_later_is_added(chaired):
    room = a_room(chaired.place.centre)
    add_to_list(chaired, room, ReservationState.GRANTED)
    with pytest.raises(Refused, match="room_has_no_codec"):
        add(chaired, room)
    a_codec(room)

    assert chaired.leg(add(chaired, room)).state == LegState.WAITING


def add_to_list(here, room, state) -> None:
    with write_transaction() as session:
        occurrence = booking.occurrence_by_id(here.occurrence_id)
        session.add(booking.Reservation(
            occurrence_id=occurrence.id, room_id=room.id, held_start_at=occurrence.planned_start_at, held_end_at=occurrence.planned_end_at,
            requested_at=occurrence.planned_start_at, state=state, deciding_unit_id=room.unit_id, deadline_at=occurrence.planned_start_at))


@pytest.mark.parametrize("state", [ReservationState.REQUESTED, ReservationState.REFUSED])
def test_a_room_that_was_not_granted_is_not_added(chaired, state):
    room = a_free_room(chaired)
    add_to_list(chaired, room, state)

    with pytest.raises(Refused, match="room_not_granted"):
        add(chaired, room)


def test_a_room_of_another_unit_needs_its_approver(chaired):
    room = a_free_room(chaired, chaired.place.province)

    with pytest.raises(Refused, match="room_needs_approver"):
        add(chaired, room)

    assert (room.id in standing(chaired), chaired.trail()) == (False, [])


def test_a_room_that_others_hold_is_not_taken_from_them(chaired):
    room = a_free_room(chaired)
    span = booking.occurrence_by_id(chaired.occurrence_id).span
    chaired.place.book(room_ids=(room.id,), host_room_id=room.id, span=Span(span.start, span.end))

    with pytest.raises(Refused, match="room_not_free_now"):
        add(chaired, room)

    assert join.rooms_to_add(chaired.session, room.name) == [(room, "room_not_free_now")]


def test_a_codec_that_another_session_uses_is_not_taken_from_it(chaired):
    room = a_free_room(chaired)
    other = chaired.session_id
    with write_transaction() as session:
        codec = session.query(tables.Device).filter_by(room_id=room.id).one()
        session.add(tables.DeviceLease(device_id=codec.id, session_id=other))

    with pytest.raises(Conflict, match="device_in_use"):
        add(chaired, room)

    assert room.id not in standing(chaired)


def test_a_bridge_without_a_free_port_takes_nobody_more(app, set_clock):
    here = Chaired(families=("cisco_roomos",) * 3, ports=3)
    room = a_free_room(here)
    for deed in (lambda: add(here, room), lambda: join.add_guest(here.session_id, *GUEST, lead=here.lead)):
        with pytest.raises(Refused, match="no_bridge"):
            deed()

    assert (room.id in standing(here), len(here.session.legs)) == (False, 3)


def test_into_a_locked_session_nobody_is_added(chaired):
    chair.lock(chaired.session_id, True, lead=chaired.lead)

    for deed in (lambda: add(chaired, a_free_room(chaired)), lambda: join.add_guest(chaired.session_id, *GUEST, lead=chaired.lead)):
        with pytest.raises(Refused, match="session_locked"):
            deed()


@pytest.mark.parametrize("topology", ["direct", "multisite"])
def test_where_the_hosts_codec_mixes_nobody_is_added(chaired, topology):
    with write_transaction():
        tables.session_for_update(chaired.session_id).topology = topology

    for deed in (lambda: add(chaired, a_free_room(chaired)), lambda: join.add_guest(chaired.session_id, *GUEST, lead=chaired.lead)):
        with pytest.raises(Refused, match="no_room_for_more"):
            deed()


def test_a_room_that_lacks_an_attestation_waits_for_a_decision_and_is_not_dialled(app, set_clock):
    here = Chaired(families=("cisco_roomos",) * 3, attestations={"room_inspection": 30}, overridable=True)
    room = a_free_room(here)

    leg = here.leg(add(here, room))

    assert (leg.state, leg.finding, leg.lacks) == (LegState.HUNG_UP, "no_room_inspection", "no_room_inspection")


def test_a_codec_that_may_use_old_ssh_is_not_dialled_for_what_is_classified(app, set_clock):
    here = Chaired(families=("cisco_roomos",) * 3, classification=Classification.CONFIDENTIAL)
    room = a_room(here.place.centre)
    a_codec(room)
    with write_transaction() as session:
        session.query(tables.Device).filter_by(room_id=room.id).one().ssh_legacy = "hostkey"

    leg = here.leg(add(here, room))

    assert (leg.state, leg.finding) == (LegState.HUNG_UP, "ssh_legacy_barred")


def test_nobody_but_the_chair_adds(chaired):
    room = a_free_room(chaired)
    for deed in (lambda: add(chaired, room, Lead(user=chaired.place.clerk)),
                 lambda: join.add_guest(chaired.session_id, *GUEST, lead=Lead(user=chaired.place.clerk))):
        with pytest.raises(NotAllowed):
            deed()


def test_a_room_that_is_not_there_is_not_added(chaired):
    with pytest.raises(NotVisible):
        join.add_room(chaired.session_id, 999, lead=chaired.lead)


# Guests


def test_a_guest_is_a_leg_of_the_bridge(chaired):
    leg_id = join.add_guest(chaired.session_id, " Chuyên  gia ", GUEST[1], lead=chaired.lead)
    again = join.add_guest(chaired.session_id, *GUEST, lead=chaired.lead)

    leg, session = chaired.leg(leg_id), chaired.session
    assert (again, leg.kind, leg.name, leg.room_id, leg.device_id) == (leg_id, "guest", "Chuyên gia", None, chaired.bridge.id)
    assert (leg.bridge_id, leg.bridge_address, leg.own_address) == (chaired.bridge.id, session.bridge_address, GUEST[1])
    assert (wish_for(session, leg), tables.busy_bridge_ports(chaired.bridge.id)) == (None, 4)
    line = next(line for line in roster_of(session, now=session.started_at).lines if line.leg_id == leg_id)
    assert (line.room, line.unit, line.kind, line.microphones, line.shown) == ("Chuyên gia", "", "guest", "", "waiting")


def test_no_guest_is_called_into_what_is_classified(app, set_clock):
    here = Chaired(families=("cisco_roomos",) * 3, classification=Classification.CONFIDENTIAL)

    with pytest.raises(Refused, match="guest_at_classified"):
        join.add_guest(here.session_id, *GUEST, lead=here.lead)


def test_a_room_of_ours_is_no_guest(chaired):
    room = a_free_room(chaired)
    for address in (f"{room.code}@vc.example", "7001@bridge.example"):
        with pytest.raises(Refused, match="guest_is_ours"):
            join.add_guest(chaired.session_id, "Phòng", address, lead=chaired.lead)


@pytest.mark.parametrize(("name", "address", "fields"), [
    ("", "a@b", {"name"}), ("A", "", {"address"}), ("A", 'a"b', {"address"}), ("A", "a b", {"address"}), ("A", "x" * 201, {"address"}),
    ("a\x00", "a\nb", {"name", "address"}), ("A" * 201, "a@b", {"name"}), ("A", "đồng@chí", {"address"})])
def test_a_guest_without_a_name_or_with_an_address_that_cannot_be_dialled_is_not_called(chaired, name, address, fields):
    with pytest.raises(InvalidInput) as refused:
        join.add_guest(chaired.session_id, name, address, lead=chaired.lead)

    assert {problem.field for problem in refused.value.problems} == fields
    assert len(chaired.session.legs) == 3


def test_what_must_be_true_of_sessions_stays_true_when_somebody_is_added(chaired):
    add(chaired, a_free_room(chaired))
    join.add_guest(chaired.session_id, *GUEST, lead=chaired.lead)

    db.session.rollback()
    assert {name: wrong for name, wrong in invariants.checked().items() if wrong} == {}
