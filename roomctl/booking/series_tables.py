"""Storage of days off, and of forms that are not sent yet: drafts and templates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db


class SpecialDay(Base):
    """A day that is not what its weekday says: a holiday, or a weekend day that is worked in its place."""

    __tablename__ = "special_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    worked: Mapped[bool]
    name: Mapped[str] = mapped_column(String(200), default="")


class SavedForm(Base):
    """A booking form kept for another time: a draft of one person, or a template that their unit shares too.

    `fields` are the form's fields as typed; from mật up neither title nor attendees are among them.
    """

    __tablename__ = "saved_forms"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # "draft" or "template"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(Moment)


def special_days(first: date, last: date) -> list[SpecialDay]:
    """Return the days from `first` to `last` that are not what their weekday says, in order."""
    return list(db.session.scalars(select(SpecialDay).where(SpecialDay.day >= first, SpecialDay.day <= last).order_by(SpecialDay.day)))


def move_shared_forms(unit_id: int, into_id: int) -> None:
    """Give what a unit's people share to another unit's, inside the caller's transaction."""
    db.session.execute(update(SavedForm).where(SavedForm.unit_id == unit_id).values(unit_id=into_id),
                       execution_options={"synchronize_session": False})


def saved_form_by_id(form_id: int) -> SavedForm | None:
    return db.session.get(SavedForm, form_id)


def saved_forms_count(user_id: int) -> int:
    return db.session.scalar(select(func.count()).select_from(SavedForm).where(SavedForm.user_id == user_id)) or 0


def saved_forms_of(user_id: int, unit_id: int) -> list[SavedForm]:
    """Return the forms that a person saved, and those that their unit shares, the latest first."""
    return list(db.session.scalars(select(SavedForm).where(or_(SavedForm.user_id == user_id, SavedForm.unit_id == unit_id))
                                   .order_by(SavedForm.saved_at.desc(), SavedForm.id.desc())))
