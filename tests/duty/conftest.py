"""What the tests of duty share."""

import pytest
from builders import Place, a_person, hash_quickly
from sqlalchemy import select

from roomctl.database import db
from roomctl.duty import alerts
from roomctl.duty.alert_tables import Alert
from roomctl.notices.tables import Notice
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@pytest.fixture
def place_on(app_on, set_clock) -> Place:
    """The place on each engine in turn."""
    return Place()


@pytest.fixture
def province_technician(place) -> User:
    return a_person(place.province, Role.TECHNICIAN, name="Kỹ thuật Đắk Lắk")


def standing() -> list[Alert]:
    """Return the alerts that stand, in the order in which they opened."""
    db.session.rollback()
    return list(db.session.scalars(select(Alert).where(Alert.cleared_at.is_(None)).order_by(Alert.id)).unique())


def kinds() -> list[str]:
    return [one.kind for one in standing()]


def told(user: User) -> list[str]:
    """Return what a person was told, the kind and the reason of each notice, in order."""
    db.session.rollback()
    return [f"{one.kind}: {one.reason}" for one in db.session.scalars(select(Notice).where(Notice.user_id == user.id, Notice.kind.like("%alert"))
                                                                      .order_by(Notice.id))]


def tick_after(clock, **length: float) -> None:
    """Let time pass, and the worker do its round."""
    clock.forward(**length)
    alerts.tick()
