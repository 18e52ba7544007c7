"""A form that is sent twice does its work once."""

from roomctl import clock
from roomctl.database import db, lock_name
from roomctl.organisation.tables import IdempotencyKey, User, carried_out, forget_keys


def made_before(by: User, key: str) -> int | None:
    """Return the id of what this person's form has made already; let no twin pass before the open transaction ends."""
    lock_name(f"form:{by.id}:{key}")
    subject = carried_out(by.id, key)
    return int(subject.rpartition(":")[2]) if subject else None


def remember(by: User, key: str, subject: str) -> None:
    """Note what a form made ("user:7"), inside the open transaction."""
    db.session.add(IdempotencyKey(user_id=by.id, key=key, subject=subject, created_at=clock.now()))


def forget(subject: str) -> None:
    """Forget the keys that lead to what is deleted now, inside the open transaction."""
    forget_keys(subject)
