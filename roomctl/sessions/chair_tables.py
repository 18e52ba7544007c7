"""Storage of what a chair says to the rooms, and of the roll that is called."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db


class SessionMessage(Base):
    """A text for the screens of the rooms."""

    __tablename__ = "session_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: whoever stood at the panel.


class Delivery(Base):
    """What became of a message at one leg: waiting, taken (the codec said OK; nobody can tell who read it), refused, unknown."""

    __tablename__ = "message_deliveries"
    message_id: Mapped[int] = mapped_column(ForeignKey("session_messages.id"), primary_key=True, autoincrement=False)
    leg_id: Mapped[int] = mapped_column(ForeignKey("legs.id"), primary_key=True, autoincrement=False, index=True)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    at: Mapped[datetime] = mapped_column(Moment)


class RollCall(Base):
    """One calling of the roll, kept for the minutes."""

    __tablename__ = "roll_calls"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    number: Mapped[int]
    called_at: Mapped[datetime] = mapped_column(Moment)
    called_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("session_id", "number"),)


class RollMark(Base):
    """What one leg answered (present, absent, or "" when nobody noted it), and what its screen showed at that moment."""

    __tablename__ = "roll_marks"
    roll_call_id: Mapped[int] = mapped_column(ForeignKey("roll_calls.id"), primary_key=True, autoincrement=False)
    leg_id: Mapped[int] = mapped_column(ForeignKey("legs.id"), primary_key=True, autoincrement=False)
    shown: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(16), default="")
    note: Mapped[str] = mapped_column(String(200), default="")


def waiting_messages(session_id: int) -> dict[int, tuple[int, str]]:
    """Return for each leg the message that waits longest for it: (message id, text)."""
    rows = db.session.execute(
        select(Delivery.leg_id, SessionMessage.id, SessionMessage.text).join(SessionMessage, SessionMessage.id == Delivery.message_id)
        .where(SessionMessage.session_id == session_id, Delivery.state == "waiting")
        .order_by(SessionMessage.id.desc()))
    return {leg_id: (message_id, text) for leg_id, message_id, text in rows}


def delivery(message_id: int, leg_id: int) -> Delivery | None:
    return db.session.get(Delivery, (message_id, leg_id))


def messages_of(session_id: int) -> list[tuple[SessionMessage, list[Delivery]]]:
    """Return a session's messages, the latest first, each with what became of it."""
    messages = list(db.session.scalars(select(SessionMessage).where(SessionMessage.session_id == session_id).order_by(SessionMessage.id.desc())))
    found: dict[int, list[Delivery]] = {one.id: [] for one in messages}
    for row in db.session.scalars(select(Delivery).where(Delivery.message_id.in_(found)).order_by(Delivery.leg_id)):
        found[row.message_id].append(row)
    return [(one, found[one.id]) for one in messages]


def roll_calls_of(session_id: int) -> list[tuple[RollCall, list[RollMark]]]:
    """Return a session's roll calls in order, each with its marks."""
    calls = list(db.session.scalars(select(RollCall).where(RollCall.session_id == session_id).order_by(RollCall.number)))
    found: dict[int, list[RollMark]] = {one.id: [] for one in calls}
    for row in db.session.scalars(select(RollMark).where(RollMark.roll_call_id.in_(found)).order_by(RollMark.leg_id)):
        found[row.roll_call_id].append(row)
    return [(one, found[one.id]) for one in calls]


def latest_message_of(session_id: int) -> SessionMessage | None:
    return db.session.scalar(select(SessionMessage).where(SessionMessage.session_id == session_id).order_by(SessionMessage.id.desc()).limit(1))


def latest_roll_call_of(session_id: int) -> RollCall | None:
    return db.session.scalar(select(RollCall).where(RollCall.session_id == session_id).order_by(RollCall.number.desc()).limit(1))


def roll_call_of(session_id: int, number: int) -> tuple[RollCall, list[RollMark]] | None:
    """Return one of a session's roll calls with its marks."""
    call = db.session.scalar(select(RollCall).where(RollCall.session_id == session_id, RollCall.number == number))
    if call is None:
        return None
    return call, list(db.session.scalars(select(RollMark).where(RollMark.roll_call_id == call.id).order_by(RollMark.leg_id)))
