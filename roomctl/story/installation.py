"""A fresh installation for the lab: its people, its three rooms with their real codecs, and the real bridge, each with its key approved."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from flask_migrate import upgrade

from device_drivers.lab.lab import SSH_PORT, Lab
from device_drivers.readings import HostKey
from device_drivers.transports.ssh import Login, look_at_host_key
from roomctl import clock
from roomctl.app import create_app
from roomctl.audit import trail, verify
from roomctl.booking.days_off import seed_years_ahead
from roomctl.config import Settings
from roomctl.database import db
from roomctl.devices import inventory
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.seeding import seed_country
from roomctl.organisation.tables import Unit, User
from roomctl.rooms import catalogue as rooms
from roomctl.security_profiles import catalogue as profiles
from roomctl.timespan import to_local

PEOPLE = (("vanthu", "Trần Thị Lan", Role.STAFF), ("chutri", "Nguyễn Văn Minh", Role.CHAIR), ("kythuat", "Phạm Quốc Việt", Role.TECHNICIAN),
          ("anninh", "Đỗ Thị Hạnh", Role.AUDITOR))
CHAIR = PEOPLE[1][1]


@dataclass(frozen=True, slots=True)
class Installed:
    """What somebody needs to use it: one password for everybody, and what is known of the trail from elsewhere."""

    password: str
    key: str
    anchor: Path
    rooms: dict[str, str]  # The rooms' names, by the address that each codec dials from.
    keys_pinned: int


def install(home: Path, lab: Lab) -> Installed:
    """Make database, people, rooms and devices in `home`, an empty folder; each device's key is the one that it presents."""
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'roomctl.db'}")
    app = create_app(settings)
    with app.app_context():
        upgrade()
        return _furnish(settings, lab)


def _furnish(settings: Settings, lab: Lab) -> Installed:
    assert lab.bridge is not None
    centre = seed_country(centre_name="Văn phòng Trung ương")
    profiles.add_default_profiles()
    seed_years_ahead(to_local(clock.now()).date())
    password = secrets.token_urlsafe(12)
    people = {username: _person(username, name, role, centre, password) for username, name, role in PEOPLE}
    names: dict[str, str] = {}
    for codec in lab.rooms:
        room = rooms.add_room(unit=centre, code=f"TW-{codec.number:02}", name=f"Phòng họp {codec.number}", seats=20)
        names[codec.pc.sip_address] = room.name
        _device(codec.pc.address, codec.login, by=people["kythuat"], kind="codec", family="baresip", unit=centre, room=room,
                name=f"Máy {room.name.lower()}", dial_address=codec.pc.sip_address)
    _device(lab.bridge.address, lab.bridge.login, by=people["kythuat"], kind="bridge", family="pjsip_bridge", unit=centre, room=None,
            name="Cầu truyền hình", pool=[lab.bridge.sip_address], ports=len(lab.rooms))
    key = verify.fingerprint(trail.public_key(settings))
    db.session.remove()
    return Installed(password, key, trail.anchor_file(settings), names, keys_pinned=len(lab.rooms) + 1)


def _person(username: str, name: str, role: Role, unit: Unit, password: str) -> User:
    person = directory.add_person(username=username, name=name, unit=unit, password=password)
    directory.grant_role(person, role, unit, by=None)
    return person


def _device(address: str, login: Login, *, by: User, **facts) -> None:
    """Add a device and approve its key as a technician who has compared the two does."""
    row = inventory.add_device(host=address, port=SSH_PORT, username=login.username, password=login.password, **facts)
    key: HostKey = look_at_host_key(address, SSH_PORT)
    inventory.note_host_key(row.id, fingerprint=key.fingerprint, algorithm=key.algorithm)
    inventory.pin_host_key(row.id, key.fingerprint, by=by)
