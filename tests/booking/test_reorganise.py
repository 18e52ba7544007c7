"""Units are merged and rooms retired, and what was booked lives through it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from builders import NOW, Place, a_person, a_room, a_span, a_unit, fresh
from sqlalchemy import select, text

from roomctl.audit.tables import TrailEntry
from roomctl.booking import availability, decide, reorganise, tables
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.reorganise import Moves, merge_units, merger_ahead, retire_room
from roomctl.booking.request import request_conference
from roomctl.booking.tables import Conference, Reservation
from roomctl.database import Base, db, is_postgresql
from roomctl.devices import inventory
from roomctl.devices.tables import Device
from roomctl.duty import alert_tables as _alerts  # noqa: F401 - so that every model is known
from roomctl.duty import rota_tables as _rota  # noqa: F401
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation import directory, signin
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import RoleGrant, Unit, User, people_with_role_on, units_at, units_behind, units_in_order
from roomctl.organisation.unit_tables import name_at, unit_of_today, units_merged_into, with_merged
from roomctl.organisation.units import Level
from roomctl.rooms import panels
from roomctl.rooms.tables import Room, rooms_at, rooms_below, rooms_matching
from roomctl.sessions import tables as _sessions  # noqa: F401 - so that every model is known

REASON = "Nghị quyết 202/2025/QH15"


class Country(Place):
    """The place, with two communes below Đắk Lắk, one of them with a hamlet."""

    def __init__(self) -> None:
        super().__init__()
        self.commune = a_unit("Xã Ea Kao", parent=self.province, level=Level.COMMUNE)
        self.other_commune = a_unit("Xã Hòa Thắng", parent=self.province, level=Level.COMMUNE)
        self.hamlet = a_unit("Thôn 1", parent=self.commune, level=Level.COMMUNE)
        self.commune_room = a_room(self.commune, "Phòng họp xã")
        self.hamlet_room = a_room(self.hamlet, "Nhà văn hóa")

    def merge(self, *merged: Unit, into: Unit, by: User | None = None, reason: str = REASON) -> Moves:
        moves = merge_units([unit.id for unit in merged], into=into.id, by=by or self.administrator, reason=reason)
        db.session.rollback()
        db.session.expire_all()
        return moves


@pytest.fixture
def country(app_on, set_clock) -> Country:
    return Country()


@pytest.fixture
def place(app, set_clock) -> Country:
    """The same on SQLite alone, for what no engine sees differently."""
    return Country()


def reservation_of(conference_id: int, room: Room) -> Reservation:
    occurrence = tables.conference_by_id(conference_id).occurrences[0]
    return next(one for one in occurrence.reservations if one.room_id == room.id)


def a_codec(room: Room) -> Device:
    return inventory.add_device(kind="codec", family="cisco_roomos", unit=room.unit, room=room, name="Codec", host="10.0.0.1", port=22,
                                username="roomctl", password="geheim")


# What goes over, and what stays


def test_all_that_hangs_on_a_unit_goes_to_its_successor(country):
    codec, clerk = a_codec(country.room), a_person(country.province, Role.STAFF)
    waiting = country.book()

    moves = country.merge(country.province, into=country.other_province)

    assert moves == Moves(rooms=1, devices=1, people=2, roles=2, children=2, waiting=1)
    assert [thing.unit_id for thing in (country.room, codec, clerk, country.province_approver)] == [country.other_province.id] * 4
    assert reservation_of(waiting, country.room).deciding_unit_id == country.other_province.id


def test_the_confirmation_says_beforehand_what_the_merger_then_moves(country):
    a_codec(country.room)
    country.book()

    ahead = merger_ahead([country.province.id], into=country.other_province.id, by=country.administrator)

    assert country.merge(country.province, into=country.other_province) == ahead


def test_a_whole_subtree_hangs_below_the_successor(country):
    country.merge(country.province, into=country.other_province)

    into = country.other_province
    assert country.commune.path == f"{into.path}{country.commune.id}/"
    assert country.hamlet.path == f"{into.path}{country.commune.id}/{country.hamlet.id}/"
    assert (country.commune.parent_id, country.hamlet.parent_id) == (into.id, country.commune.id)
    assert {room.id for room in rooms_below(into.path)} == {country.commune_room.id, country.hamlet_room.id}
    assert rooms_below(country.province.path) == []


def test_a_commune_that_was_merged_before_moves_along_with_its_province(country):
    country.merge(country.commune, into=country.other_commune)

    country.merge(country.province, into=country.other_province)

    assert country.commune.path == f"{country.other_province.path}{country.commune.id}/"
    assert country.hamlet.path == f"{country.other_province.path}{country.other_commune.id}/{country.hamlet.id}/"


def test_the_merged_unit_keeps_its_row_and_is_no_unit_of_today(country, set_clock):
    country.merge(country.province, into=country.other_province)

    merged = country.province
    assert (merged.name, merged.valid_until, merged.successor_id) == ("Đắk Lắk", set_clock.at, country.other_province.id)
    assert name_at(merged, set_clock.at + timedelta(days=900)) == "Đắk Lắk"
    for listed in (units_in_order(), units_at(Level.PROVINCIAL), units_behind(0, limit=100)):
        assert merged.id not in {unit.id for unit in listed}
    assert [unit.id for unit in units_merged_into(country.other_province.id)] == [merged.id]


def test_a_room_is_found_under_its_new_unit_and_stands_among_the_rooms_of_its_level(country):
    country.merge(country.province, into=country.other_province)

    assert country.room.id in {room.id for room in rooms_matching("phong hop dak lak ca mau", limit=10)}
    assert country.room.id in {room.id for room in rooms_at(Level.PROVINCIAL)}


def test_what_was_granted_stays_granted_and_is_still_the_old_units_decision(country):
    conference_id = country.book()
    decide.grant_reservation(reservation_of(conference_id, country.room).id, by=country.province_approver)

    country.merge(country.province, into=country.other_province)

    reservation = reservation_of(conference_id, country.room)
    assert (reservation.state, reservation.deciding_unit_id, reservation.room_id) == ("granted", country.province.id, country.room.id)


def test_a_conference_still_belongs_to_the_unit_that_asked_for_it(country):
    clerk = a_person(country.province, Role.STAFF)
    conference_id = country.book(by=clerk, room_ids=(country.room.id,), host_room_id=country.room.id)

    country.merge(country.province, into=country.other_province)

    assert db.session.get_one(Conference, conference_id).unit_id == country.province.id
    assert reservation_of(conference_id, country.room).state == ReservationState.GRANTED


def test_the_successors_approver_decides_what_waited_and_is_told(country):
    conference_id = country.book()
    country.merge(country.province, into=country.other_province)

    assert [one.id for one in decide.queue_of(country.other_approver)] == [reservation_of(conference_id, country.room).id]
    decide.grant_reservation(reservation_of(conference_id, country.room).id, by=country.other_approver)

    told = list(db.session.scalars(select(Notice.user_id).where(Notice.kind == "decision_wanted").order_by(Notice.id)))
    assert told == [country.province_approver.id, country.other_approver.id]
    assert reservation_of(conference_id, country.room).state == ReservationState.GRANTED


def test_the_merged_units_approver_goes_on_deciding(country):
    conference_id = country.book()
    country.merge(country.province, into=country.other_province)

    decide.grant_reservation(reservation_of(conference_id, country.room).id, by=country.province_approver)

    assert reservation_of(conference_id, country.room).state == ReservationState.GRANTED


def test_a_role_held_on_both_units_is_held_once(country):
    both = a_person(country.province, Role.TECHNICIAN, Role.STAFF)
    directory.grant_role(both, Role.TECHNICIAN, country.other_province, by=None)

    country.merge(country.province, into=country.other_province)

    held = sorted((grant.role, grant.unit_id) for grant in fresh(both).standing_grants())
    assert held == [("staff", country.other_province.id), ("technician", country.other_province.id)]


def test_the_old_grant_stays_readable_as_taken_back(country, set_clock):
    country.merge(country.province, into=country.other_province)

    rows = list(db.session.scalars(select(RoleGrant).where(RoleGrant.user_id == country.province_approver.id).order_by(RoleGrant.id)))
    assert [(row.unit_id, row.revoked_at) for row in rows] == [(country.province.id, set_clock.at), (country.other_province.id, None)]


def test_an_administrator_of_the_merged_unit_reaches_the_successor(country):
    administrator = a_person(country.province, Role.ADMINISTRATOR)

    country.merge(country.province, into=country.other_province)

    assert reach_of(fresh(administrator), Action.KEEP_UNITS) == [country.other_province.path]


def test_somebody_signed_in_goes_on_working_with_the_successor(country):
    token = signin.sign_in(country.province_approver.username, "Mật khẩu thử 1", address="10.0.0.7")

    country.merge(country.province, into=country.other_province)

    assert signin.user_of_token(token).unit_id == country.other_province.id


def test_people_of_the_merged_unit_still_see_what_it_took_part_in(country):
    """The conference was the old unit's own, in a room of neither."""
    clerk, colleague = a_person(country.province, Role.STAFF), a_person(country.province, Role.STAFF)
    conference_id = country.book(by=clerk, room_ids=(country.hall.id,))

    country.merge(country.province, into=country.other_province)

    assert conference_seen_by(fresh(colleague), conference_id)[1].title == "Giao ban tuần"
    with pytest.raises(NotVisible):
        conference_seen_by(a_person(country.commune), conference_id)


def test_the_approvers_of_the_successor_see_in_full_what_the_old_unit_decided(place):
    conference_id = place.book()
    place.merge(place.province, into=place.other_province)

    viewer = availability.viewer_of(fresh(place.other_approver))

    assert viewer.decides_for == {place.province.id, place.other_province.id}
    assert conference_seen_by(place.other_approver, conference_id)


def test_a_conference_that_is_cancelled_later_is_told_to_the_successors_approvers(place):
    conference_id = place.book()
    decide.grant_reservation(reservation_of(conference_id, place.room).id, by=place.province_approver)
    place.merge(place.province, into=place.other_province)

    cancel_conference(conference_id, by=place.clerk, reason="")

    told = set(db.session.scalars(select(Notice.user_id).where(Notice.kind == "conference_cancelled", Notice.room_id == place.room.id)))
    assert {place.province_approver.id, place.other_approver.id} <= told


def test_steps_of_mergers_lead_to_the_last_successor(place):
    third = a_unit("Gia Lai", parent=place.centre)
    place.merge(place.province, into=place.other_province)

    place.merge(place.other_province, into=third)

    assert unit_of_today(place.province).id == third.id
    assert with_merged([third.id]) == {third.id, place.other_province.id, place.province.id}
    assert fresh(place.province_approver).unit_id == third.id


def test_several_units_are_merged_at_once_one_below_the_other_too(country):
    """A hamlet below a commune, both into a third: whichever is first, nothing is left hanging on either."""
    country.merge(country.commune, country.hamlet, into=country.other_commune)

    assert {country.commune.successor_id, country.hamlet.successor_id} == {country.other_commune.id}
    assert {room.unit_id for room in (country.commune_room, country.hamlet_room)} == {country.other_commune.id}


def test_a_new_request_for_a_moved_room_is_decided_by_the_successor(country):
    country.merge(country.province, into=country.other_province)

    conference_id = country.book(span=a_span("2027-03-03T01:00"))

    assert reservation_of(conference_id, country.room).deciding_unit_id == country.other_province.id


def test_the_trail_names_what_was_merged_why_and_every_role_that_moved(place):
    place.merge(place.province, into=place.other_province)

    kinds = [(entry.kind, entry.subject) for entry in db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(3))]
    person = f"user:{place.province_approver.id}"
    assert kinds == [("units_merged", f"unit:{place.province.id}"), ("role_granted", person), ("role_revoked", person)]
    payload = db.session.scalar(text("SELECT payload FROM trail_payloads ORDER BY seq DESC LIMIT 1"))
    assert REASON.encode() in payload


KEPT = {"units.parent_id", "units.successor_id", "unit_names.unit_id", "conferences.unit_id", "role_grants.unit_id",
        "week_publications.unit_id", "agenda_speakers.unit_id",
        "attestations.unit_id"}  # What was attested of a line that went away must be attested anew of the one that took its place.
MOVED = {"users.unit_id", "rooms.unit_id", "devices.unit_id", "reservations.deciding_unit_id", "room_groups.unit_id", "saved_forms.unit_id"}
FOLLOWING = {"alerts.unit_id", "duty_turns.unit_id"}  # Of a floor above, which takes them along within seconds (tests/duty/test_alerts.py).


def test_whatever_refers_to_a_unit_is_either_moved_or_meant_to_stay(place):
    """A new column that refers to units must be thought of in `reorganise.py`, and then be named here."""
    referring = {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns
                 if any(key.column.table.name == "units" for key in column.foreign_keys)}

    assert referring == KEPT | MOVED | FOLLOWING


# Refusals


REFUSALS = {
    "merge_into_itself": lambda place: ((place.province,), place.province),
    "merge_root": lambda place: ((place.centre,), place.province),
    "merge_into_descendant": lambda place: ((place.commune,), place.hamlet),
    "merge_other_level": lambda place: ((place.commune,), place.other_province),
    "no_units": lambda place: ((), place.province),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_merger_that_makes_no_sense_is_refused_with_its_reason(place, reason):
    merged, into = REFUSALS[reason](place)

    with pytest.raises(Refused) as refused:
        place.merge(*merged, into=into)
    with pytest.raises(Refused, match=reason):
        merger_ahead([unit.id for unit in merged], into=into.id, by=place.administrator)

    assert refused.value.reason == reason
    assert all(fresh(unit).valid_until is None for unit in (place.centre, place.province, place.commune))


def test_a_unit_is_merged_once_and_nothing_is_merged_into_one_that_is_gone(place):
    place.merge(place.province, into=place.other_province)

    for merged, into in ((place.province, place.other_province), (place.other_province, place.province)):
        with pytest.raises(Conflict) as refused:
            place.merge(merged, into=into)
        assert (refused.value.reason, refused.value.facts) == ("unit_already_merged", {"unit": "Đắk Lắk", "into": "Cà Mau"})


def test_one_refusal_among_several_leaves_all_as_they_were(place):
    with pytest.raises(Refused, match="merge_other_level"):
        place.merge(place.commune, place.other_province, into=place.other_commune)

    assert fresh(place.commune).valid_until is None


def test_a_merger_needs_a_reason(place):
    with pytest.raises(InvalidInput) as refused:
        place.merge(place.province, into=place.other_province, reason="  ")

    assert [(one.field, one.reason) for one in refused.value.problems] == [("reason", "merge_reason_missing")]


def test_a_unit_that_is_not_there_is_not_found(place):
    with pytest.raises(NotVisible):
        merge_units([place.province.id, 9999], into=place.other_province.id, by=place.administrator, reason=REASON)


@pytest.mark.parametrize("where", ["province", "other_province"])
def test_an_administrator_of_one_of_the_two_units_alone_may_not_merge_them(place, where):
    """One would give away what is theirs, the other would take what is not."""
    administrator = a_person(place.centre, Role.ADMINISTRATOR, on=getattr(place, where))

    with pytest.raises(NotAllowed):
        place.merge(place.province, into=place.other_province, by=administrator)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_but_administrators_merges_units(place, role):
    with pytest.raises(NotAllowed):
        place.merge(place.province, into=place.other_province, by=a_person(place.centre, role))


def test_nobody_carries_a_role_of_their_own_over_to_another_unit(place):
    directory.grant_role(place.administrator, Role.APPROVER, place.commune, by=None)

    with pytest.raises(Refused, match="own_role_merged"):
        place.merge(place.commune, into=place.other_commune)


# At the same time


def at_once(app, *works) -> list:
    """Run each in a thread of its own, begun together; return what they returned or raised."""
    barrier = threading.Barrier(len(works))

    def run(work):
        with app.app_context():
            barrier.wait(10)
            try:
                return work()
            except Exception as error:  # Whatever it is, the test wants to see it.
                return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def merger(unit: Unit, into: Unit, by: User):
    ids = unit.id, into.id, by.id
    return lambda: merge_units([ids[0]], into=ids[1], by=db.session.get_one(User, ids[2]), reason=REASON)


def test_of_two_mergers_of_one_unit_at_once_one_happens(app_on, country):
    third = a_unit("Gia Lai", parent=country.centre)

    answers = at_once(app_on, *(merger(country.province, into, country.administrator) for into in (country.other_province, third)))

    assert {type(answer) for answer in answers} == {Moves, Conflict}
    db.session.rollback()
    assert fresh(country.room).unit_id == fresh(country.province).successor_id


def test_two_units_merged_into_each_other_at_once_leave_one(app_on, country):
    answers = at_once(app_on, merger(country.province, country.other_province, country.administrator),
                      merger(country.other_province, country.province, country.administrator))

    assert {type(answer) for answer in answers} == {Moves, Conflict}
    db.session.rollback()
    assert [fresh(unit).valid_until is None for unit in (country.province, country.other_province)].count(True) == 1


def test_a_commune_merged_while_its_province_is_ends_below_the_right_one(app_on, country):
    for number in range(5):
        near, far = (a_unit(f"Tỉnh {number}{letter}", parent=country.centre) for letter in "ab")
        first, second = (a_unit(f"Xã {number}{letter}", parent=near, level=Level.COMMUNE) for letter in "cd")
        below = a_unit(f"Thôn {number}", parent=first, level=Level.COMMUNE)

        answers = at_once(app_on, merger(near, far, country.administrator), merger(first, second, country.administrator))

        db.session.rollback()
        assert [type(answer) for answer in answers] == [Moves, Moves]
        assert fresh(below).path == f"{fresh(far).path}{second.id}/{below.id}/"


def test_a_request_that_meets_a_merger_waits_and_finds_the_room_with_its_successor(app_on, country, monkeypatch):
    asked, real = threading.Event(), reorganise.people_tables.move_people
    wish, clerk_id = country.wish(), country.clerk.id

    def hold(*ids):
        asked.set()
        if is_postgresql():  # On SQLite nobody writes beside the merger: the request waits before it begins.
            wait_for_a_waiting_lock()
        return real(*ids)

    monkeypatch.setattr(reorganise.people_tables, "move_people", hold)

    def ask():
        assert asked.wait(10)
        return request_conference(wish, by=db.session.get_one(User, clerk_id), key="beside")

    merged, conference_id = at_once(app_on, merger(country.province, country.other_province, country.administrator), ask)

    assert isinstance(merged, Moves), merged
    db.session.rollback()
    assert reservation_of(conference_id, country.room).deciding_unit_id == country.other_province.id


def wait_for_a_waiting_lock() -> None:
    """Return as soon as another connection waits for a lock of ours."""
    until = threading.Event()
    for _ in range(200):
        with db.engine.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")):
                return
        until.wait(0.05)
    raise AssertionError("nobody came to wait")


# Rooms out of service


def test_a_retired_room_is_in_no_list_and_its_panel_is_dead(place):
    token = panels.pair(panels.make_code(place.other_room.id, by=None), address="10.0.0.9")

    retire_room(place.other_room.id, by=place.administrator)

    assert fresh(place.other_room).retired_at == NOW
    assert place.other_room.id not in {room.id for room in rooms_at(Level.PROVINCIAL)}
    assert panels.panel_of_token(token) is None


def test_a_room_that_is_booked_is_not_retired_and_the_reason_counts_what_is_ahead(place):
    place.book()
    place.book(span=a_span("2027-03-04T01:00"))

    with pytest.raises(Refused) as refused:
        retire_room(place.room.id, by=place.administrator)

    assert (refused.value.reason, refused.value.facts) == ("room_still_reserved", {"count": 2})
    assert fresh(place.room).retired_at is None


def test_what_is_past_or_refused_or_cancelled_keeps_no_room_in_service(place, set_clock):
    past, refused, cancelled = place.book(), place.book(span=a_span("2027-03-09T01:00")), place.book(span=a_span("2027-03-10T01:00"))
    decide.grant_reservation(reservation_of(past, place.room).id, by=place.province_approver)
    decide.refuse_reservation(reservation_of(refused, place.room).id, by=place.province_approver, reason="Sửa phòng")
    cancel_conference(cancelled, by=place.clerk, reason="")
    set_clock.forward(days=3)

    retire_room(place.room.id, by=place.administrator)

    assert fresh(place.room).retired_at == set_clock.at


def test_a_room_retired_twice_is_retired_once(place):
    for _ in range(2):
        retire_room(place.other_room.id, by=place.administrator)

    assert len(list(db.session.scalars(select(TrailEntry).where(TrailEntry.kind == "room_retired")))) == 1


def test_only_an_administrator_of_the_rooms_unit_or_above_retires_it(place):
    with pytest.raises(NotAllowed):
        retire_room(place.room.id, by=a_person(place.other_province, Role.ADMINISTRATOR))
    with pytest.raises(NotVisible):
        retire_room(9999, by=place.administrator)

    retire_room(place.room.id, by=a_person(place.province, Role.ADMINISTRATOR))


def test_nobody_has_the_role_of_an_approver_on_a_unit_that_is_gone(place):
    place.merge(place.province, into=place.other_province)

    assert people_with_role_on(Role.APPROVER, place.province.path) == []
