"""Storage of trial calls: a technician lets one room dial another, and sees what was read back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.devices.tables import Device, codecs_of_rooms
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import User

WAITING, UNDER_WAY, DONE, FAILED, UNKNOWN = "waiting", "under_way", "done", "failed", "unknown"
OPEN = (WAITING, UNDER_WAY)


class TrialCall(Base):
    """One trial call: waiting, under_way, done, failed, or unknown when a kill left it in between.

    `steps` lists [step, answer, detail]: ready, connected, media, encryption, hung_up, each yes, no or unknown.
    """

    __tablename__ = "trial_calls"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    address: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), default="waiting", index=True)
    steps: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    device: Mapped[Device] = relationship(lazy="joined")
    asker: Mapped[User] = relationship(lazy="joined")

    @property
    def ref(self) -> str:
        return f"trial_call:{self.id}"

    def unit_paths(self) -> Collection[str]:
        return (self.device.unit.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


def trial_by_id(trial_id: int) -> TrialCall | None:
    return db.session.get(TrialCall, trial_id)


def trial_for_update(trial_id: int) -> TrialCall | None:
    """Lock a trial call and return it as it is now."""
    return db.session.scalar(select(TrialCall).where(TrialCall.id == trial_id).with_for_update(of=TrialCall)
                             .execution_options(populate_existing=True))


def open_trials() -> list[TrialCall]:
    """Return the trial calls that are waiting or under way, the oldest first."""
    return list(db.session.scalars(select(TrialCall).where(TrialCall.state.in_(OPEN)).order_by(TrialCall.id)).unique())


def addresses_in_trial() -> list[str]:
    """Return the addresses that trial calls wait for or have up."""
    return list(db.session.scalars(select(TrialCall.address).where(TrialCall.state.in_(OPEN))))


def trials_of_room(room_id: int, *, limit: int) -> list[TrialCall]:
    """Return the trial calls of a room's codecs, the latest first."""
    return list(db.session.scalars(select(TrialCall).join(Device, TrialCall.device_id == Device.id).where(Device.room_id == room_id)
                                   .order_by(TrialCall.id.desc()).limit(limit)).unique())


def device_dialled_as(address: str) -> Device | None:
    """Return the device in use that is reached under a dial address."""
    return db.session.scalar(select(Device).where(Device.dial_address == address, Device.retired_at.is_(None)).order_by(Device.id).limit(1))


def codec_of(room_id: int) -> Device | None:
    """Return a room's codec."""
    return codecs_of_rooms([room_id]).get(room_id)
