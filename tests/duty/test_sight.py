"""What a technician sees first."""

from datetime import timedelta

import pytest
from builders import a_person, a_room, a_unit
from watched import a_device, booked, hangs_behind

from roomctl import clock
from roomctl.booking.maintenance import close_room
from roomctl.devices.health import Status
from roomctl.duty import alerts, sight
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.timespan import Span

CRITICAL, WARNING, UNKNOWN, OK = Status.CRITICAL, Status.WARNING, Status.UNKNOWN, Status.OK


@pytest.fixture
def screen(place):
    return lambda user=None: sight.first_screen(user or place.technician, clock.now())


def rooms(hits) -> list[str]:
    return [hit.room.name for hit in hits]


def test_a_faulty_room_with_a_conference_soon_comes_first_with_what_is_wrong(place_on):
    a_device(place_on.room, name="Codec", status=CRITICAL, fault="unreachable")
    a_device(place_on.hall)
    booked(place_on, place_on.hall, place_on.room)

    hit, = sight.first_screen(place_on.technician, clock.now()).soon

    assert (hit.room.name, hit.status) == ("Phòng họp Đắk Lắk", CRITICAL)
    assert [(one.fault, one.devices) for one in hit.faults] == [("unreachable", ("Codec",))]
    assert hit.spans[0].start == clock.now() + timedelta(hours=2)


def test_a_faulty_room_without_a_conference_today_is_only_in_its_tile(place, screen):
    a_device(place.room, status=CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room, after=timedelta(days=2))

    found = screen()

    assert (found.soon, found.unsure, found.later) == ((), (), ())
    assert [tile.rooms[CRITICAL] for tile in found.tiles if tile.unit.id == place.province.id] == [1]


def test_a_room_of_which_nothing_is_known_is_never_among_the_good(place, screen, set_clock):
    a_device(place.room)
    booked(place, place.hall, place.room)
    set_clock.forward(minutes=3)

    found = screen()

    assert (rooms(found.soon), rooms(found.unsure)) == ([], ["Phòng họp Đắk Lắk"])
    assert [(tile.rooms[OK], tile.rooms[UNKNOWN], tile.status) for tile in found.tiles if tile.unit.id == place.province.id] == [(0, 1, UNKNOWN)]


def test_what_comes_after_four_hours_stands_below(place, screen):
    a_device(place.room, status=CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room, after=timedelta(hours=5))

    assert (rooms(screen().soon), rooms(screen().later)) == ([], ["Phòng họp Đắk Lắk"])


def test_late_in_the_evening_the_next_morning_is_not_forgotten(place, screen, set_clock):
    set_clock.forward(hours=15)  # 23:00.
    a_device(place.room, status=CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room, after=timedelta(hours=3))

    assert rooms(screen().soon) == ["Phòng họp Đắk Lắk"]


def test_a_conference_that_runs_counts_until_its_end(place, screen, set_clock):
    booked(place, place.hall, place.room, after=timedelta(minutes=5))
    set_clock.forward(minutes=30)
    a_device(place.room, status=CRITICAL, fault="unreachable")
    running = rooms(screen().soon)
    set_clock.forward(minutes=36)

    assert (running, rooms(screen().soon)) == (["Phòng họp Đắk Lắk"], [])


def test_a_room_with_two_conferences_is_named_once(place, screen):
    a_device(place.room, status=CRITICAL, fault="unreachable")
    for hours in (3, 1):
        booked(place, place.hall, place.room, after=timedelta(hours=hours))

    hit, = screen().soon

    assert [span.start - clock.now() for span in hit.spans] == [timedelta(hours=1), timedelta(hours=3)]


def test_the_soonest_conference_stands_on_top(place, screen):
    for room, hours in ((place.room, 3), (place.other_room, 1)):
        a_device(room, status=CRITICAL, fault="unreachable")
        booked(place, a_room(place.centre), room, after=timedelta(hours=hours))

    assert rooms(screen().soon) == ["Phòng họp Cà Mau", "Phòng họp Đắk Lắk"]


def test_the_same_fault_of_several_devices_is_told_once_and_the_worst_first(place, screen):
    a_device(place.room, name="UPS", kind="equipment", status=WARNING, fault="battery_charge")
    for name in ("Codec", "Màn hình"):
        a_device(place.room, name=name, kind="codec" if name == "Codec" else "equipment", status=CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room)

    hit, = screen().soon

    assert [(one.fault, one.devices) for one in hit.faults] == [("unreachable", ("Codec", "Màn hình")), ("battery_charge", ("UPS",))]


def test_a_line_that_is_down_is_one_line_and_its_rooms_are_not_listed(place, screen):
    faulty = [place.room, *(a_room(place.province) for _ in range(4))]
    for room in faulty:
        a_device(room, status=CRITICAL, fault="unreachable")
    for _ in range(3):
        a_device(place.hall)
    booked(place, place.hall, *faulty[:2])
    alerts.tick()

    found = screen()

    cause, = found.causes
    assert (found.soon, cause.alert.unit_id, cause.members.rooms, cause.rooms_soon) == ((), place.province.id, 5, 2)
    assert cause.first is not None and cause.first.start == clock.now() + timedelta(hours=2)


def test_another_fault_in_a_room_that_is_cut_off_stands_for_itself(place, screen):
    for room in [place.room, *(a_room(place.province) for _ in range(4))]:
        a_device(room, status=CRITICAL, fault="unreachable")
    for _ in range(4):
        a_device(place.hall)
    a_device(place.room, name="UPS", kind="equipment", status=WARNING, fault="battery_charge")
    booked(place, place.hall, place.room)
    alerts.tick()

    assert [one.fault for hit in screen().soon for one in hit.faults] == ["battery_charge"]


def test_a_switch_that_others_hang_on_is_a_cause(place, screen):
    switch = a_device(unit=place.province, name="Switch", kind="equipment", status=CRITICAL, fault="no_snmp_answer")
    hangs_behind(a_device(place.room, status=CRITICAL, fault="unreachable"), switch)
    booked(place, place.hall, place.room)
    alerts.tick()

    found = screen()

    assert ([cause.alert.device_id for cause in found.causes], found.soon) == ([switch.id], ())


def test_a_sleeping_projector_makes_no_room_unknown(place, screen):
    a_device(place.room)
    a_device(place.room, kind="equipment", status=UNKNOWN, fault="standby")
    booked(place, place.hall, place.room)

    found = screen()

    assert (found.soon, found.unsure) == ((), ())
    assert [tile.rooms[OK] for tile in found.tiles if tile.unit.id == place.province.id] == [1]


def test_a_room_in_maintenance_is_marked(place, screen):
    a_device(place.room, status=CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room)
    close_room(place.room.id, Span(clock.now(), clock.now() + timedelta(hours=1)), reason="Thay máy", by=place.technician)

    assert [hit.closed for hit in screen().soon] == [True]


# Tiles


def test_the_tiles_are_in_vietnamese_order_with_the_centre_first(place, screen):
    for name in ("Tỉnh Điện Biên", "Tỉnh Gia Lai", "Tỉnh Cao Bằng", "Thành phố Đà Nẵng", "Thành phố Cần Thơ"):
        a_unit(name, parent=place.centre)

    assert [tile.unit.name for tile in screen().tiles] == [
        "Trung ương", "Cà Mau", "Tỉnh Cao Bằng", "Thành phố Cần Thơ", "Thành phố Đà Nẵng", "Đắk Lắk", "Tỉnh Điện Biên", "Tỉnh Gia Lai"]


def test_a_tile_counts_each_room_once_by_its_worst_device_and_its_communes_too(place_on):
    commune = a_unit(parent=place_on.province, level=Level.COMMUNE)
    a_device(place_on.room)
    a_device(place_on.room, kind="equipment", status=WARNING, fault="battery_charge")
    a_device(a_room(commune), status=CRITICAL, fault="silent")
    a_device(a_room(commune))
    a_device(a_room(commune), probed_at=None)
    a_room(commune)

    tile = next(one for one in sight.first_screen(place_on.technician, clock.now()).tiles if one.unit.id == place_on.province.id)

    assert (tile.rooms, tile.bare, tile.watched, tile.status) == ({OK: 1, WARNING: 1, CRITICAL: 1, UNKNOWN: 1}, 1, 4, CRITICAL)


def test_a_bridge_in_no_room_is_counted_apart(place, screen):
    a_device(unit=place.centre, kind="bridge", status=CRITICAL, fault="silent")

    centre = screen().tiles[0]

    assert (centre.unit.id, centre.shared, centre.watched, centre.status) == (place.centre.id, 1, 0, WARNING)


def test_a_technician_of_a_province_sees_that_province_only(place, screen, province_technician):
    for room in (place.room, place.other_room):
        a_device(room, status=CRITICAL, fault="unreachable")
        booked(place, a_room(place.centre), room)

    found = screen(province_technician)

    assert (rooms(found.soon), [tile.unit.id for tile in found.tiles]) == (["Phòng họp Đắk Lắk"], [place.province.id])


@pytest.mark.parametrize(("faulty", "watched", "is_struck"), [(1, 34, False), (3, 30, True), (0, 0, False), (1, 1, True)])
def test_a_tile_is_struck_when_a_tenth_of_its_rooms_does_not_serve(place, faulty, watched, is_struck):
    tile = sight.Tile(place.province)
    tile.rooms.update({CRITICAL: faulty, OK: watched - faulty})

    assert tile.is_struck is is_struck


# A unit's rooms


def test_a_units_rooms_come_a_page_at_a_time_its_own_first_and_may_be_narrowed_to_the_ill(place_on):
    commune = a_unit("Xã An", parent=place_on.province, level=Level.COMMUNE)
    a_device(place_on.room)
    ill, bare = a_room(commune, "Phòng B"), a_room(commune, "Phòng A")
    a_device(ill, status=CRITICAL, fault="silent")

    everything = sight.rooms_of(place_on.province, clock.now(), only_faults=False, page=1, per_page=2)
    second = sight.rooms_of(place_on.province, clock.now(), only_faults=False, page=2, per_page=2)
    only_ill = sight.rooms_of(place_on.province, clock.now(), only_faults=True, page=1, per_page=2)

    assert [line.room.room_id for line in (*everything.lines, *second.lines)] == [place_on.room.id, bare.id, ill.id]
    assert (everything.count, [line.room.room_id for line in only_ill.lines], everything.by_status[None]) == (3, [ill.id], 1)


def test_the_root_lists_its_own_rooms_only(place):
    assert [line.room.room_id for line in sight.rooms_of(place.centre, clock.now(), only_faults=False, page=1, per_page=50).lines] == [place.hall.id]


def test_nobody_else_is_named_where_a_technician_of_the_unit_is(place, screen):
    own = a_person(place.province, Role.TECHNICIAN, name="Của tỉnh")
    a_device(place.room, status=CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room)

    assert [one.user_id for hit in screen().soon for one in hit.on_call] == [own.id]
