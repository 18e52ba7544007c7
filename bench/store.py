"""A store as large as an administration's after some years, filled in seconds: what it holds is made by the database itself."""

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import Connection, insert, text

from roomctl import clock
from roomctl.booking.tables import Conference, Occurrence
from roomctl.database import db, is_postgresql
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.seeding import seed_country
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import Unit, root_unit
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue
from roomctl.rooms.tables import rooms_at
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.timespan import day_span, to_local

PASSWORD = "chỉ để đo"
TOGETHER = 5  # Rooms of one conference.
DAYS_BACK = 60  # How much of it is past.
HALVES = (7, 13)  # Local hours; a conference begins within two hours of one and lasts half an hour to two and a half.
BATCH = 20_000

FILL = text("""
    INSERT INTO reservations (occurrence_id, room_id, required, state, held_start_at, held_end_at, deciding_unit_id, requested_at, deadline_at,
                              decided_at, decided_rule, reason, change, contact_name, contact_phone)
    SELECT held.id, room.room_id, :yes, CASE WHEN room.n % 20 = 0 THEN 'requested' WHEN room.n % 20 = 1 THEN 'released' ELSE 'granted' END,
           held.planned_start_at, held.planned_end_at, room.unit_id, held.planned_start_at, held.planned_start_at,
           CASE WHEN room.n % 20 = 0 THEN NULL ELSE held.planned_start_at END, 'own_unit', '', 'new', '', ''
    FROM bench_rooms room JOIN bench_rooms rank ON rank.n < :slots
      JOIN occurrences held ON held.id = :first + rank.n * :groups + ((room.n + rank.n * 7) % :rooms) / :together
    WHERE ((room.n + rank.n * 7) % :rooms) / :together < :groups
    ORDER BY room.n, rank.n
""")


@dataclass(frozen=True, slots=True)
class Store:
    """What was filled: people to act as, and rooms to ask about (the centre's and the provinces' first)."""

    clerk_id: int
    chair_id: int
    profile_id: int
    room_ids: list[int]
    reservations: int


def fill(app: Flask, rooms: int = 3400, reservations: int = 1_000_000, halves: tuple[int, int] = HALVES) -> Store:
    """Fill a migrated, empty database with a country, `rooms` rooms and about `reservations` reservations around today.

    `halves` are the local hours of each day within two hours of which its conferences begin.
    """
    with app.app_context():
        clerk, chair, profile = _people()
        room_ids = _rooms(rooms)
        groups = rooms // TOGETHER
        slots = max(reservations // (groups * TOGETHER), 1)
        if slots > rooms:
            raise ValueError("more reservations than this store can hold: ask for more rooms")
        with db.engine.connect() as connection, _unguarded(connection):
            first = _occurrences(connection, _spans(slots, groups, halves), _chairs(connection, chair, groups), {
                "organizer_id": clerk, "profile_id": profile, "unit_id": root_unit().id, "host_room_id": room_ids[0]})
            connection.execute(text("CREATE TEMPORARY TABLE bench_rooms (n INTEGER PRIMARY KEY, room_id INTEGER, unit_id INTEGER)"))
            connection.execute(text("INSERT INTO bench_rooms SELECT row_number() OVER (ORDER BY id) - 1, id, unit_id FROM rooms"))
            stored = connection.execute(FILL, {"yes": True, "slots": slots, "first": first, "groups": groups, "rooms": rooms,
                                               "together": TOGETHER}).rowcount
            connection.execute(text("DROP TABLE bench_rooms"))
        if is_postgresql():  # As its autovacuum does in time; nobody does so for SQLite.
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        db.session.remove()
        return Store(clerk, chair, profile, room_ids, stored)


def _people() -> tuple[int, int, int]:
    centre = root_unit() or seed_country(centre_name="Trung ương")
    people = []
    for username, role in (("vanthu", Role.STAFF), ("chutri", Role.CHAIR)):
        person = directory.add_person(username=username, name=username, unit=centre, password=PASSWORD)
        directory.grant_role(person, role, centre, by=None)
        people.append(person.id)
    profile = profiles.add_version(key="thuong", name_vi="Họp thường", name_en="Ordinary", classification=Classification.ORDINARY,
                                   min_grade="B", suites=["Aes-128"], check_interval_s=5, on_drift=OnDrift.DROP)
    return people[0], people[1], profile.id


def _rooms(count: int) -> list[int]:
    """Add a room to each unit, upper levels first, and more to the centre until there are enough; return their ids."""
    units = db.session.query(Unit).order_by(db.func.length(Unit.path), Unit.order_key).limit(count).all()
    wanted = catalogue.one_for_each(units)
    wanted += [catalogue.NewRoom(unit=units[0], code=f"TW-{number}", name=f"Phòng số {number}") for number in range(2, count - len(units) + 2)]
    added = [room.id for room in catalogue.add_rooms(wanted)]
    upper = [room.id for level in (Level.CENTRAL, Level.PROVINCIAL) for room in rooms_at(level)]
    return upper + [room_id for room_id in added if room_id not in set(upper)]


@contextmanager
def _unguarded(connection: Connection) -> Iterator[None]:
    """Let rows in without the guards that ask about each of them, and set the guards up again behind; what is filled overlaps nowhere."""
    if is_postgresql():
        constraint = connection.execute(text(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ex_reservations_overlap'")).scalar_one()
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
        connection.execute(text("ALTER TABLE reservations DROP CONSTRAINT ex_reservations_overlap"))
        yield
        connection.execute(text(f"ALTER TABLE reservations ADD CONSTRAINT ex_reservations_overlap {constraint}"))
        for table in ("users", "conferences", "occurrences"):
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))  # noqa: S608
        connection.execute(text("SET session_replication_role = DEFAULT"))
    else:
        triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'reservations'")).all()
        connection.commit()
        for setting in ("foreign_keys", "synchronous"):  # Said to the driver, since they mean nothing within a transaction.
            connection.connection.driver_connection.execute(f"PRAGMA {setting} = OFF")
        for name, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield
        for _, made_by in triggers:
            connection.exec_driver_sql(made_by)
    connection.commit()
    connection.invalidate()  # Its settings end with it.


def _chairs(connection: Connection, chair: int, count: int) -> list[int]:
    """Add people who lead a conference each in every slot, and return their ids, `chair` before them; nobody can sign in as they."""
    unit, first = root_unit().id, connection.execute(text("SELECT max(id) FROM users")).scalar_one() + 1
    connection.execute(insert(User), [
        {"id": number, "username": f"bench{number}", "name": f"Lãnh đạo {number}", "folded_name": f"lanh dao {number}", "unit_id": unit,
         "password_hash": "", "created_at": datetime.now(UTC)} for number in range(first, first + count - 1)])
    return [chair, *range(first, first + count - 1)]


def _occurrences(connection: Connection, rows: Iterator[tuple[datetime, datetime]], chairs: list[int], facts: dict[str, int]) -> int:
    """Add an occurrence for each group of rooms in each slot, two slots a day; return the first one's id, from which all follow."""
    first = (connection.execute(text("SELECT coalesce(max(id), 0) FROM occurrences")).scalar_one()
             + connection.execute(text("SELECT coalesce(max(id), 0) FROM conferences")).scalar_one() + 1)
    now, number = datetime.now(UTC), first
    while batch := list(itertools.islice(rows, BATCH)):
        ids = range(number, number + len(batch))
        connection.execute(insert(Conference), [
            {"id": one, "uid": f"bench-{one}", "title": f"Hội nghị {one}", "classification": Classification.ORDINARY, "created_at": now,
             "chair_id": chairs[(one - first) % len(chairs)], **facts} for one in ids])
        connection.execute(insert(Occurrence), [{"id": one, "conference_id": one, "planned_start_at": start, "planned_end_at": end}
                                                for one, (start, end) in zip(ids, batch, strict=True)])
        number += len(batch)
    return first


def _spans(slots: int, groups: int, halves: tuple[int, int]) -> Iterator[tuple[datetime, datetime]]:
    chance = random.Random(7)  # noqa: S311 - the same store each time
    today = to_local(clock.now()).date()
    for slot in range(slots):
        midnight = day_span(today + timedelta(days=slot // 2 - DAYS_BACK)).start
        opens = midnight + timedelta(hours=halves[slot % 2])
        for _ in range(groups):
            start = opens + timedelta(minutes=15) * chance.randrange(9)
            yield start, start + timedelta(minutes=30) * chance.randint(1, 5)
