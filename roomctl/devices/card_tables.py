"""Storage of what people keep of devices: the inventory card, approved firmware, configurations, changes of password, what hangs behind what."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    Text,
    UniqueConstraint,
    and_,
    case,
    delete,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db
from roomctl.devices import due
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit, User
from roomctl.organisation.unit_tables import at_or_below, containing
from roomctl.rooms.tables import Room


class InventoryCard(Base):
    """A device as the inventory knows it; a device without one has an empty card."""

    __tablename__ = "inventory_cards"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    asset_number: Mapped[str] = mapped_column(String(64), default="")
    serial: Mapped[str] = mapped_column(String(64), default="")  # As on the label; the device's own word is Device.serial.
    model: Mapped[str] = mapped_column(String(120), default="")
    bought_on: Mapped[date | None] = mapped_column(Date)
    warranty_until: Mapped[date | None] = mapped_column(Date)
    maintained_on: Mapped[date | None] = mapped_column(Date)
    maintain_every_months: Mapped[int] = mapped_column(default=0)  # 0: no plan.
    inspected_on: Mapped[date | None] = mapped_column(Date)
    inspection: Mapped[str] = mapped_column(String(300), default="")
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    changed_at: Mapped[datetime] = mapped_column(Moment)


class DeviceLink(Base):
    """The device that stands between another one and the network, such as the switch of a room."""

    __tablename__ = "device_links"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    upstream_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)


class ApprovedFirmware(Base):
    """A firmware that may be used; a model with none approved says nothing about firmware."""

    __tablename__ = "approved_firmware"
    id: Mapped[int] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(String(120))
    firmware: Mapped[str] = mapped_column(String(120))
    approved_at: Mapped[datetime] = mapped_column(Moment)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("family", "model", "firmware"),)


class ConfigBackup(Base):
    """A codec's configuration, secrets left out; a new row only where it differs from the one before."""

    __tablename__ = "config_backups"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    taken_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)  # The last time it was still so.
    digest: Mapped[str] = mapped_column(String(64))
    lines: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_config_backups_device_taken", "device_id", "taken_at"),)


class PasswordRotation(Base):
    """One device's change of password: waiting, setting, done, failed, or unknown when the device may hold either.

    The new password is sealed like the current one and forgotten once it is the current one.
    """

    __tablename__ = "password_rotations"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    detail: Mapped[str] = mapped_column(String(300), default="")
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which devices of the inventory somebody wants to see; what is empty does not matter."""

    words: str = ""
    unit_path: str = ""
    only: str = ""  # "warranty", "maintenance", "inspection" or "differing": what needs somebody.
    responsible_id: int | None = None


Listed = tuple[Device, InventoryCard | None, User | None]
ONLY = ("warranty", "maintenance", "inspection", "differing")


def card_of(device_id: int) -> InventoryCard | None:
    return db.session.get(InventoryCard, device_id)


def cards_of(device_ids: Collection[int]) -> dict[int, InventoryCard]:
    """Return the cards of those of the devices that have one."""
    return {card.device_id: card for card in db.session.scalars(select(InventoryCard).where(InventoryCard.device_id.in_(device_ids)))}


def lock_device(device_id: int) -> Device | None:
    """Lock a device in use and return it as it is now."""
    return db.session.scalar(select(Device).where(Device.id == device_id, Device.retired_at.is_(None)).with_for_update(of=Device)
                             .execution_options(populate_existing=True))


def lock_devices(device_ids: Collection[int]) -> list[Device]:
    """Lock devices in use in the order of their ids and return them as they are now."""
    return list(db.session.scalars(select(Device).where(Device.id.in_(device_ids), Device.retired_at.is_(None)).order_by(Device.id)
                                   .with_for_update(of=Device).execution_options(populate_existing=True)).unique())


def devices_at(places: Collection[tuple[str, int]]) -> dict[tuple[str, int], Device]:
    """Return the devices at some addresses, retired ones too."""
    found = db.session.scalars(select(Device).where(Device.host.in_({host for host, _ in places}))).unique()
    return {(device.host, device.port): device for device in found if (device.host, device.port) in places}


def _is_due(today: date) -> ColumnElement[bool]:
    """Return when maintenance is due, as `due.maintenance` says it; a plan without a known beginning is to be looked at.

    There are only some different plans, so that each is written out: the engines reckon with days in different ways.
    """
    begun = func.coalesce(InventoryCard.maintained_on, InventoryCard.bought_on)
    plans = db.session.scalars(select(InventoryCard.maintain_every_months).where(InventoryCard.maintain_every_months > 0).distinct()).all()
    return or_(false(), *(and_(InventoryCard.maintain_every_months == months, or_(begun.is_(None), begun <= due.latest_before(today, months)))
                          for months in plans))


def _needing(only: str, today: date) -> list[ColumnElement[bool]]:
    match only:
        case "warranty":
            return [InventoryCard.warranty_until <= today + due.WARRANTY_AHEAD]
        case "maintenance":
            return [_is_due(today)]
        case "inspection":
            return [or_(InventoryCard.inspected_on.is_(None), InventoryCard.inspected_on <= due.latest_before(today, due.INSPECT_EVERY_MONTHS))]
        case "differing":
            return [or_(*(and_(card != "", told != "", _bare(card) != _bare(told)) for card, told in (
                (InventoryCard.serial, Device.serial), (InventoryCard.model, Device.model))))]
    return []


def _bare(column: Any) -> ColumnElement[str]:
    """Return a number as it is compared, as near to `due.differs` as both engines can say it: without case, blanks and usual signs."""
    bare = func.lower(column)
    for sign in " -./_:":
        bare = func.replace(bare, sign, "")
    return bare


def _matching(wanted: Wanted, below: Collection[str], today: date) -> list[ColumnElement[bool]]:
    terms = [Device.retired_at.is_(None), at_or_below(below), *_needing(wanted.only, today)]
    if wanted.unit_path:
        terms.append(Unit.path.startswith(wanted.unit_path))
    if wanted.responsible_id is not None:
        terms.append(InventoryCard.responsible_id == wanted.responsible_id)
    if wanted.words:
        pattern, raw = containing(wanted.words), wanted.words
        held = (Device.name, Device.model, Device.serial, InventoryCard.asset_number, InventoryCard.serial, InventoryCard.model)
        terms.append(or_(*(column.icontains(raw, autoescape=True) for column in held), Device.host.like(pattern, escape="\\"),
                         Room.folded_name.like(pattern, escape="\\"), Unit.folded_name.like(pattern, escape="\\")))
    return terms


def _from(query: Select[Any]) -> Select[Any]:
    return (query.select_from(Device).join(Unit, Device.unit_id == Unit.id).outerjoin(Room, Device.room_id == Room.id)
            .outerjoin(InventoryCard, InventoryCard.device_id == Device.id).outerjoin(User, User.id == InventoryCard.responsible_id))


def count_listed(wanted: Wanted, *, below: Collection[str], today: date) -> int:
    return db.session.scalar(_from(select(func.count())).where(*_matching(wanted, below, today))) or 0


def listed(wanted: Wanted, *, below: Collection[str], today: date, limit: int, offset: int = 0) -> list[Listed]:
    """Return one page of the inventory: devices in use with their cards and who answers for them, by unit and name."""
    query = _from(select(Device, InventoryCard, User)).where(*_matching(wanted, below, today))
    return [tuple(row) for row in db.session.execute(
        query.order_by(Unit.order_key, Unit.id, Device.name, Device.id).limit(limit).offset(offset)).unique()]


def people_responsible(below: Collection[str]) -> list[User]:
    """Return who answers for a device at or below some units."""
    ids = (select(InventoryCard.responsible_id).join(Device, Device.id == InventoryCard.device_id).join(Unit, Unit.id == Device.unit_id)
           .where(Device.retired_at.is_(None), at_or_below(below)))
    return sorted(db.session.scalars(select(User).where(User.id.in_(ids))).unique(), key=lambda user: (user.name, user.id))


def upstream_of(device_id: int) -> int | None:
    """Return the device that stands between this one and the network, when it is known."""
    return db.session.scalar(select(DeviceLink.upstream_id).where(DeviceLink.device_id == device_id))


def set_upstream(device_id: int, upstream_id: int | None) -> None:
    """Say what stands between a device and the network, or that nobody knows, inside the caller's transaction."""
    link = db.session.get(DeviceLink, device_id)
    if upstream_id is None:
        if link is not None:
            db.session.delete(link)
    elif link is None:
        db.session.add(DeviceLink(device_id=device_id, upstream_id=upstream_id))
    else:
        link.upstream_id = upstream_id


def forget_links(device_id: int) -> None:
    """Forget what a device stands behind, and what stands behind it, inside the caller's transaction."""
    db.session.execute(delete(DeviceLink).where(or_(DeviceLink.device_id == device_id, DeviceLink.upstream_id == device_id)),
                       execution_options={"synchronize_session": False})


def devices_to_stand_behind(device: Device, *, limit: int) -> list[Device]:
    """Return what a device may stand behind: equipment and hardware of its unit and of those above it, its own room's first."""
    ids = [int(part) for part in device.unit.path.strip("/").split("/")]
    found = db.session.scalars(select(Device).where(
        Device.unit_id.in_(ids), Device.kind.in_(("equipment", "hardware")), Device.id != device.id, Device.retired_at.is_(None))
        .order_by(case((Device.room_id == device.room_id, 0), else_=1), Device.name, Device.id).limit(limit))
    return list(found.unique())
