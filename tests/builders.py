"""Builders: everything a test needs and its sentence does not mention."""

import itertools
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import text

from roomctl import clock
from roomctl.booking.request import request_conference
from roomctl.booking.wish import Wish
from roomctl.database import db
from roomctl.organisation import directory, signin
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import Unit, User
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue as rooms
from roomctl.rooms.tables import Room
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.security_profiles.tables import SecurityProfile
from roomctl.timespan import Span

NOW = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)  # Monday 08:00 in Hà Nội.
PASSWORD = "Mật khẩu thử 1"
_numbers = itertools.count(1)


class SetClock:
    """A clock that a test sets."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **length: float) -> None:
        self.at += timedelta(**length)


def a_unit(name: str = "", *, parent: Unit | None = None, level: Level | None = None) -> Unit:
    number = next(_numbers)
    level = level or (Level.CENTRAL if parent is None else Level.PROVINCIAL)
    return directory.add_unit(code=f"U{number}", name=name or f"Đơn vị {number}", level=level, parent=parent)


def a_person(unit: Unit, *roles: Role, name: str = "", on: Unit | None = None) -> User:
    number = next(_numbers)
    user = directory.add_person(username=f"person{number}", name=name or f"Người {number}", unit=unit, password=PASSWORD)
    for role in roles:
        directory.grant_role(user, role, on or unit, by=None)
    return user


def a_room(unit: Unit, name: str = "", **facts) -> Room:
    number = next(_numbers)
    return rooms.add_room(unit=unit, code=f"R{number}", name=name or f"Phòng {number}", **facts)


def a_profile(classification: Classification = Classification.ORDINARY, **facts) -> SecurityProfile:
    wanted = {"min_grade": "A", "suites": ["Aes-128"], "check_interval_s": 2, "on_drift": OnDrift.DROP, **facts}
    return profiles.add_version(key=f"p{next(_numbers)}", name_vi="Hồ sơ", name_en="Profile", classification=classification, **wanted)


def a_span(start: str = "2027-03-02T01:00", minutes: int = 60) -> Span:
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return Span(begin, begin + timedelta(minutes=minutes))


class Place:
    """A centre and a province, with people in every role and a room each."""

    def __init__(self) -> None:
        self.centre = a_unit("Trung ương")
        self.province = a_unit("Đắk Lắk", parent=self.centre)
        self.other_province = a_unit("Cà Mau", parent=self.centre)
        self.clerk = a_person(self.centre, Role.STAFF, name="Văn thư")
        self.chair = a_person(self.centre, Role.CHAIR, name="Chủ trì")
        self.centre_approver = a_person(self.centre, Role.APPROVER, name="Duyệt trung ương")
        self.province_approver = a_person(self.province, Role.APPROVER, name="Duyệt Đắk Lắk")
        self.other_approver = a_person(self.other_province, Role.APPROVER, name="Duyệt Cà Mau")
        self.stranger = a_person(self.other_province, Role.STAFF, name="Người ngoài")
        self.officer = a_person(self.centre, Role.AUDITOR, name="An ninh")
        self.administrator = a_person(self.centre, Role.ADMINISTRATOR, name="Quản trị")
        self.technician = a_person(self.centre, Role.TECHNICIAN, name="Kỹ thuật")
        self.hall = a_room(self.centre, "Hội trường")
        self.room = a_room(self.province, "Phòng họp Đắk Lắk")
        self.other_room = a_room(self.other_province, "Phòng họp Cà Mau")
        self.profile = a_profile()

    def wish(self, **facts) -> Wish:
        """Return a good wish for the hall and the province's room, tomorrow at 08:00 local."""
        base = Wish(span=a_span(), room_ids=(self.hall.id, self.room.id), host_room_id=self.hall.id, chair_id=self.chair.id,
                    profile_id=self.profile.id, title="Giao ban tuần")
        return replace(base, **facts)

    def book(self, *, by: User | None = None, key: str = "", **facts) -> int:
        return request_conference(self.wish(**facts), by=by or self.clerk, key=key or f"key{next(_numbers)}")


def fresh(thing):
    """Return a row as the database has it now."""
    db.session.rollback()
    db.session.refresh(thing)
    return thing


def now() -> datetime:
    return clock.now()


def hash_quickly(monkeypatch) -> None:
    """Hash passwords and PINs with argon2's cheapest setting, for tests whose people are many."""
    monkeypatch.setattr(signin, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def until_somebody_waits() -> None:
    """Return when another connection waits for a lock in this PostgreSQL database."""
    until = time.monotonic() + 10
    waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
    while not db.session.scalar(text(waiting)):
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.01)
