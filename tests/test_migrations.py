"""The migrated database, not only the code, keeps two reservations of a room apart; and it is what the models say."""

import secrets
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from builders import NOW, a_person, a_profile, a_room, a_span, a_unit
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError

from roomctl.booking.lifecycle import ACTIVE, ReservationState
from roomctl.booking.tables import Conference, Occurrence, Reservation
from roomctl.database import db
from roomctl.rooms.tables import Room
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import tables as _sessions  # noqa: F401 - so that every model is known
from roomctl.timespan import Span

INACTIVE = sorted(set(ReservationState) - ACTIVE)


def rebuilt() -> None:
    """Take the guarantee down and put it up again."""
    db.engine.dispose()
    downgrade(revision="0001")
    upgrade()


class Holder:
    """Writes reservations past every rule of ours: calling it returns the new row's id."""

    def __init__(self) -> None:
        unit = a_unit()
        self.room, self.other_room = a_room(unit), a_room(unit)
        self.unit_id, self.person_id, self.profile_id = unit.id, a_person(unit).id, a_profile().id

    def __call__(self, span: Span, state: ReservationState = ReservationState.GRANTED, room: Room | None = None) -> int:
        with db.engine.begin() as connection:
            conference_id = connection.execute(insert(Conference.__table__).values(
                uid=secrets.token_hex(8), title="Giao ban", classification=Classification.ORDINARY, unit_id=self.unit_id,
                organizer_id=self.person_id, chair_id=self.person_id, host_room_id=self.room.id, profile_id=self.profile_id,
                created_at=NOW)).inserted_primary_key[0]
            occurrence_id = connection.execute(insert(Occurrence.__table__).values(
                conference_id=conference_id, planned_start_at=span.start, planned_end_at=span.end)).inserted_primary_key[0]
            return connection.execute(insert(Reservation.__table__).values(
                occurrence_id=occurrence_id, room_id=(room or self.room).id, state=state, held_start_at=span.start, held_end_at=span.end,
                deciding_unit_id=self.unit_id, requested_at=NOW, deadline_at=NOW)).inserted_primary_key[0]


@pytest.fixture
def held(app_on, set_clock) -> Holder:
    return Holder()


def change(reservation_id: int, **values) -> None:
    with db.engine.begin() as connection:
        connection.execute(update(Reservation.__table__).where(Reservation.__table__.c.id == reservation_id).values(**values))


def inserted(held, span: Span) -> bool:
    try:
        held(span)
    except IntegrityError:
        return False
    return True


TAKEN = a_span("2027-03-10T02:00", 120)
OVERLAPS = {
    "the same": TAKEN,
    "inside": a_span("2027-03-10T02:30", 30),
    "around": a_span("2027-03-10T01:00", 240),
    "the start": a_span("2027-03-10T01:00", 61),
    "the end": a_span("2027-03-10T03:59", 60),
    "seven days around": Span(TAKEN.end - timedelta(days=7), TAKEN.end),
    "by a microsecond": Span(TAKEN.end - timedelta(microseconds=1), TAKEN.end + timedelta(hours=1)),
}


@pytest.mark.parametrize("prepare", [lambda: None, rebuilt], ids=["at head", "after a downgrade and an upgrade"])
def test_the_database_refuses_to_insert_every_kind_of_overlap(held, prepare):
    prepare()
    held(TAKEN)

    let_in = [name for name, span in OVERLAPS.items() if inserted(held, span)]

    assert let_in == []


def test_the_database_sees_a_long_hold_that_began_seven_days_earlier(held):
    held(Span(TAKEN.start - timedelta(days=7, hours=6), TAKEN.start + timedelta(hours=1)))

    with pytest.raises(IntegrityError):
        held(TAKEN)


@pytest.mark.parametrize("prepare", [lambda: None, rebuilt], ids=["at head", "after a downgrade and an upgrade"])
def test_the_database_refuses_to_move_a_reservation_onto_another(held, prepare):
    prepare()
    held(TAKEN)
    mine = held(a_span("2027-03-11T02:00"))

    with pytest.raises(IntegrityError):
        change(mine, held_start_at=TAKEN.start, held_end_at=TAKEN.end)


def test_the_database_refuses_to_lengthen_a_reservation_into_its_neighbour(held):
    held(TAKEN)
    before = held(Span(TAKEN.start - timedelta(hours=1), TAKEN.start))

    with pytest.raises(IntegrityError):
        change(before, held_end_at=TAKEN.start + timedelta(minutes=1))


def test_the_database_refuses_to_change_to_a_room_that_is_taken(held):
    held(TAKEN)
    elsewhere = held(TAKEN, room=held.other_room)

    with pytest.raises(IntegrityError):
        change(elsewhere, room_id=held.room.id)


def test_the_database_refuses_to_bring_a_released_reservation_back_onto_another(held):
    released = held(TAKEN, ReservationState.RELEASED)
    held(TAKEN)

    with pytest.raises(IntegrityError):
        change(released, state=ReservationState.REQUESTED)


def test_a_request_holds_the_slot_as_a_grant_does(held):
    held(TAKEN, ReservationState.REQUESTED)

    with pytest.raises(IntegrityError):
        held(TAKEN, ReservationState.REQUESTED)


def test_back_to_back_is_allowed(held):
    held(TAKEN)

    held(Span(TAKEN.end, TAKEN.end + timedelta(hours=1)))
    held(Span(TAKEN.start - timedelta(hours=1), TAKEN.start))


def test_another_room_at_the_same_time_is_allowed(held):
    held(TAKEN)

    held(TAKEN, room=held.other_room)


def test_inactive_states_never_block_and_are_never_blocked(held):
    for state in INACTIVE:
        held(TAKEN, state)

    mine = held(TAKEN)
    for state in INACTIVE:
        held(TAKEN, state)

    change(mine, state=ReservationState.RELEASED)
    held(TAKEN)


def test_a_reservation_may_be_decided_and_moved_within_its_own_slot(held):
    mine = held(TAKEN, ReservationState.REQUESTED)

    change(mine, state=ReservationState.GRANTED)
    change(mine, held_start_at=TAKEN.start + timedelta(minutes=5), held_end_at=TAKEN.end + timedelta(minutes=5))


def test_the_migrated_schema_is_what_the_models_say(app_on):
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), db.metadata)

    assert differences == []


def test_everything_can_be_taken_down_and_built_again(app_on):
    db.engine.dispose()
    downgrade(revision="base")
    upgrade()

    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []


def test_what_was_stored_before_units_had_names_is_read_and_found_afterwards(app_on, set_clock):
    unit = a_unit("Tỉnh Đắk Lắk")
    a_room(unit, "Phòng Hoa Sen"), a_person(unit, name="Trần Thị Đào")
    rows = text("SELECT unit_names.name, units.folded_name, rooms.folded_name, users.folded_name, users.must_change_password "
                "FROM unit_names JOIN units ON units.id = unit_names.unit_id JOIN rooms ON rooms.unit_id = units.id "
                "JOIN users ON users.unit_id = units.id")
    db.session.rollback()
    db.engine.dispose()
    downgrade(revision="0003")
    with db.engine.connect() as connection:
        before = connection.scalar(text("SELECT folded_name FROM rooms"))
    db.engine.dispose()
    upgrade()

    with db.engine.connect() as connection:
        assert connection.execute(rows).one() == ("Tỉnh Đắk Lắk", "tinh dak lak", "phong hoa sen", "tran thi dao", False)
    assert before == "phong hoa sen tinh dak lak"
