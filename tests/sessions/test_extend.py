"""Extending a running session, up to where somebody else has the room."""

from datetime import timedelta

import pytest
from builders import fresh

from roomctl.audit.tables import newest_entries
from roomctl.booking import decide
from roomctl.booking.tables import conference_by_id
from roomctl.database import write_transaction
from roomctl.devices import inventory
from roomctl.errors import NotAllowed, NotVisible, Refused
from roomctl.rooms.tables import Room
from roomctl.sessions import control
from roomctl.sessions.extend import extend_session
from roomctl.timespan import Span


@pytest.fixture
def running(place, set_clock):
    """A session in the hall and the province's room from 08:00 to 09:00; it is five to nine, and no worker runs."""
    add, login = inventory.add_device, {"username": "roomctl", "password": "geheim"}
    devices = [add(kind="codec", family="cisco_roomos", unit=room.unit, room=room, name=room.name, host="192.0.2.1", port=room.id,
                   dial_address=f"{room.code}@vc.example", **login) for room in (place.hall, place.room)]
    devices.append(add(kind="bridge", family="simulated_bridge", unit=place.centre, room=None, name="bridge", host="192.0.2.2", port=22,
                       pool=["7001@bridge.example"], ports=10, **login))
    for device in devices:
        inventory.note_host_key(device.id, fingerprint="SHA256:x", algorithm="ssh-ed25519")
        inventory.pin_host_key(device.id, "SHA256:x", by=None)
    occurrence = conference_by_id(place.book()).occurrences[0]
    decide.grant_reservation(decide.queue_of(place.province_approver)[0].id, by=place.province_approver)
    set_clock.at = occurrence.planned_start_at
    session_id = control.start_session(occurrence.id, lead=control.Lead(user=place.chair))
    set_clock.at = occurrence.planned_end_at - timedelta(minutes=5)
    return session_id, occurrence


def chair(place) -> control.Lead:
    return control.Lead(user=place.chair)


def test_a_session_is_extended_by_a_quarter_of_an_hour_for_all_its_rooms(place, running):
    session_id, occurrence = running
    before = occurrence.planned_end_at

    end = extend_session(session_id, lead=chair(place))

    assert end == before + timedelta(minutes=15)
    assert fresh(occurrence).planned_end_at == end
    assert {fresh(one).held_end_at for one in occurrence.reservations} == {end}
    assert fresh(occurrence.conference).sequence == 1
    assert newest_entries(1)[0][0].kind == "conference_extended"


def test_it_is_extended_only_as_far_as_each_room_is_free(place, running):
    session_id, occurrence = running
    end = occurrence.planned_end_at
    place.book(span=Span(end + timedelta(minutes=10), end + timedelta(hours=1)), room_ids=(place.room.id, place.other_room.id),
               host_room_id=place.room.id)

    assert extend_session(session_id, lead=chair(place)) == end + timedelta(minutes=10)


def test_where_somebody_follows_at_once_it_is_refused_and_nothing_moves(place, running):
    session_id, occurrence = running
    end = occurrence.planned_end_at
    place.book(span=Span(end, end + timedelta(hours=1)), room_ids=(place.room.id, place.other_room.id), host_room_id=place.room.id)

    with pytest.raises(Refused) as refused:
        extend_session(session_id, lead=chair(place))

    assert (refused.value.reason, refused.value.facts) == ("cannot_extend", {"at": end})
    assert fresh(occurrence).planned_end_at == end


def test_what_follows_keeps_its_setup(place, running):
    session_id, occurrence = running
    end = occurrence.planned_end_at
    with write_transaction() as session:
        session.get_one(Room, place.room.id).setup_s = 600
    place.book(span=Span(end + timedelta(minutes=20), end + timedelta(hours=1)), room_ids=(place.room.id,), host_room_id=place.room.id)

    assert extend_session(session_id, lead=chair(place)) == end + timedelta(minutes=10)
    with pytest.raises(Refused):
        extend_session(session_id, lead=chair(place))


def test_a_session_that_overran_is_extended_from_now(place, running, set_clock):
    session_id, occurrence = running
    set_clock.at = occurrence.planned_end_at + timedelta(minutes=7, seconds=30)

    assert extend_session(session_id, lead=chair(place)) == occurrence.planned_start_at + timedelta(minutes=60 + 7 + 15)


def test_only_who_leads_extends(place, running):
    session_id, _ = running

    for lead, error in ((control.Lead(user=place.clerk), NotAllowed), (control.Lead(user=place.stranger), NotVisible),
                        (control.Lead(panel_room_id=place.room.id), NotAllowed), (control.Lead(panel_room_id=place.other_room.id), NotVisible)):
        with pytest.raises(error):
            extend_session(session_id, lead=lead)


def test_a_session_that_ends_is_not_extended(place, running):
    session_id, _ = running
    control.end_session(session_id, lead=chair(place))

    with pytest.raises(NotVisible):
        extend_session(session_id, lead=chair(place))
