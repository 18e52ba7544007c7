"""Storage as the list of devices asks it: filtered, in the order of what needs attention, a page at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from roomctl.database import db
from roomctl.devices.health import Status
from roomctl.devices.tables import Device, HostKeySeen
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below, containing
from roomctl.rooms.tables import Room

ORDER = (Status.CRITICAL, Status.UNKNOWN, Status.WARNING, Status.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which devices somebody wants to see; what is empty does not matter."""

    words: str = ""
    unit_path: str = ""
    kind: str = ""
    status: str = ""


def _shown(now: datetime) -> ColumnElement[str]:
    """Return the status people may be shown, as `health.as_shown` says it.

    There are only some different intervals, so that each of them is written out: the engines reckon with moments in different ways.
    """
    every = db.session.scalars(select(Device.probe_every_s).distinct()).all()
    fresh = or_(false(), *(and_(Device.probe_every_s == one, Device.probed_at >= now - 2 * timedelta(seconds=one)) for one in every))
    return case((fresh, Device.status), else_=Status.UNKNOWN.value)


def _matching(wanted: Wanted, below: Collection[str]) -> list[ColumnElement[bool]]:
    terms = [Device.retired_at.is_(None), at_or_below(below)]
    if wanted.unit_path:
        terms.append(Unit.path.startswith(wanted.unit_path))
    if wanted.kind:
        terms.append(Device.kind == wanted.kind)
    if wanted.words:
        pattern, raw = containing(wanted.words), wanted.words
        terms.append(or_(Device.name.icontains(raw, autoescape=True), Device.host.like(pattern, escape="\\"),
                         Device.model.icontains(raw, autoescape=True), Device.serial.icontains(raw, autoescape=True),
                         Room.folded_name.like(pattern, escape="\\"), Unit.folded_name.like(pattern, escape="\\")))
    return terms


def counted(wanted: Wanted, *, below: Collection[str], now: datetime) -> dict[str, int]:
    """Return how many of the wanted devices have which status, whatever status is wanted."""
    shown = _shown(now).label("shown")
    found = db.session.execute(select(shown, func.count()).select_from(Device).join(Unit, Device.unit_id == Unit.id)
                               .outerjoin(Room, Device.room_id == Room.id).where(*_matching(wanted, below)).group_by(shown))
    return {str(status): count for status, count in found}


def listed(wanted: Wanted, *, below: Collection[str], now: datetime, limit: int, offset: int) -> list[tuple[Status, Device]]:
    """Return one page of the wanted devices with the status people may be shown, the worst first, then by unit and name."""
    shown = _shown(now).label("shown")
    rank = case(*((shown == status.value, place) for place, status in enumerate(ORDER)), else_=len(ORDER))
    query = (select(Device, shown).join(Unit, Device.unit_id == Unit.id).outerjoin(Room, Device.room_id == Room.id)
             .where(*_matching(wanted, below)).order_by(rank, Unit.order_key, Device.name, Device.id).limit(limit).offset(offset))
    if wanted.status:
        query = query.where(shown == wanted.status)
    return [(Status(status), device) for device, status in db.session.execute(query).unique()]


def keys_waiting(below: Collection[str], *, limit: int) -> tuple[int, list[tuple[Device, list[HostKeySeen]]]]:
    """Return how many devices have host keys that wait for a person, and the first of them with their keys."""
    waiting = (select(HostKeySeen.device_id).join(Device, Device.id == HostKeySeen.device_id).join(Unit, Unit.id == Device.unit_id)
               .where(HostKeySeen.state == "waiting", Device.retired_at.is_(None), at_or_below(below)).distinct())
    count = db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    if not count:
        return 0, []
    devices = list(db.session.scalars(select(Device).where(Device.id.in_(waiting)).order_by(Device.id).limit(limit)).unique())
    keys: dict[int, list[HostKeySeen]] = {}
    for key in db.session.scalars(select(HostKeySeen).where(HostKeySeen.device_id.in_([device.id for device in devices]),
                                                            HostKeySeen.state == "waiting").order_by(HostKeySeen.seen_at.desc())):
        keys.setdefault(key.device_id, []).append(key)
    return count, [(device, keys[device.id]) for device in devices]


def host_keys_of(device_id: int) -> list[HostKeySeen]:
    """Return every host key a device has presented, the latest first."""
    return list(db.session.scalars(select(HostKeySeen).where(HostKeySeen.device_id == device_id).order_by(HostKeySeen.seen_at.desc())))
