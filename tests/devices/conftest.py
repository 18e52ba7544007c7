"""What the tests of devices share: people are many here, and their passwords are beside the point."""

import pytest
from builders import a_person, hash_quickly

from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import Unit


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@pytest.fixture
def place_of_technician():
    """Return a function that makes a technician of a device's unit."""
    return lambda device: a_person(db.session.get_one(Unit, device.unit_id), Role.TECHNICIAN)
