"""Signing in and out: argon2id, tries counted in the database, sessions that can be revoked."""

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, lock_name, write_transaction
from roomctl.errors import InvalidInput, Problem, Refused, Throttled
from roomctl.organisation import tables

SIGN_IN_LASTS = timedelta(hours=12)
TRIES, WITHIN = 5, timedelta(minutes=15)
TRIES_PER_ADDRESS = 50  # A whole office may sit behind one address.
LEAST_PASSWORD, LONGEST_PASSWORD = 10, 200
_READABLE = "23456789abcdefghjkmnpqrstuvwxyz"  # Nothing that looks like something else.

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's first choice for argon2id.
_NOBODY = _hasher.hash("nobody has this password")  # Checked for unknown names too: both refusals take the same time.


def hash_secret(secret: str) -> str:
    """Return the argon2id hash of a password or PIN."""
    return _hasher.hash(secret)


def secret_matches(hashed: str, secret: str) -> bool:
    try:
        return _hasher.verify(hashed, secret)
    except (VerificationError, InvalidHashError):
        return False


def token_hash(token: str) -> str:
    """Return what is stored of a random token; SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(username: str, password: str, *, address: str) -> str:
    """Return a fresh sign-in token for the browser's cookie.

    Raises Refused("wrong_credentials"), the same for an unknown name, a wrong password and a closed account, and
    Throttled after five wrong tries for a name, or fifty from an address, within fifteen minutes.
    """
    username = username.strip().lower()
    subjects = {f"user:{hashlib.sha256(username.encode()).hexdigest()[:32]}": TRIES, f"address:{address}": TRIES_PER_ADDRESS}
    tries = count_try(subjects)  # Counted before the password is looked at, so that many guesses at once are still five.
    askable = username.isprintable() and username and password  # PostgreSQL takes no NUL, not even in a question.
    user = tables.user_by_username(username) if askable else None
    known = secret_matches(user.password_hash if user else _NOBODY, password)
    if not (user and user.active and known):
        with write_transaction():
            trail.append(EventKind.SIGN_IN_REFUSED, subject=f"user:{user.id}" if user else "user:unknown", origin=address,
                         outcome="refused")
        raise Refused("wrong_credentials")
    with write_transaction():
        tables.forget_tries(tries)
        return _begin(user.id, address)


def _begin(user_id: int, address: str) -> str:
    """Begin a sign-in session inside the open transaction and return its token."""
    token, now = secrets.token_urlsafe(32), clock.now()
    db.session.add(tables.SignIn(token_hash=token_hash(token), user_id=user_id, created_at=now, expires_at=now + SIGN_IN_LASTS,
                                 address=address))
    trail.append(EventKind.SIGNED_IN, actor=user_id, subject=f"user:{user_id}", origin=address)
    return token


def count_try(subjects: dict[str, int]) -> list[int]:
    """Write down one try against each subject and return the rows' ids; raise Throttled when one is at its limit."""
    with write_transaction() as session:
        for subject, limit in sorted(subjects.items()):
            lock_name(subject)
            refuse_when_throttled(subject, limit)
        rows = [tables.FailedTry(subject=subject, at=clock.now()) for subject in subjects]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def step_up(user: tables.User, password: str, *, token: str, address: str) -> str:
    """Ask who is signed in for the password again, before a grave act: return a fresh token; the one of this browser dies.

    Raises InvalidInput(password: wrong_password) and, after five wrong tries, Throttled.
    """
    user_id, password_hash = user.id, user.password_hash
    tries = count_try({f"password:{user_id}": TRIES})
    if not secret_matches(password_hash, password):
        with write_transaction():
            trail.append(EventKind.SIGN_IN_REFUSED, actor=user_id, subject=f"user:{user_id}", origin=address, outcome="refused", step_up=True)
        raise InvalidInput([Problem("password", "wrong_password")])
    with write_transaction():
        tables.forget_tries(tries)
        row = tables.sign_in_by_hash(token_hash(token))
        if row is not None and row.user_id == user_id and row.revoked_at is None:
            row.revoked_at = clock.now()
        return _begin(user_id, address)


def is_throttled(subject: str, limit: int) -> bool:
    """True when `subject` has failed `limit` times within fifteen minutes."""
    return tables.failed_tries_since(subject, clock.now() - WITHIN)[0] >= limit


def refuse_when_throttled(subject: str, limit: int) -> None:
    """Raise Throttled when `subject` has failed `limit` times within fifteen minutes."""
    count, first = tables.failed_tries_since(subject, clock.now() - WITHIN)
    if count >= limit and first is not None:
        raise Throttled("too_many_tries", until=first + WITHIN)


def user_of_token(token: str) -> tables.User | None:
    """Return who holds a sign-in token, or None when it is unknown, expired, revoked, or the account is closed."""
    row = tables.sign_in_by_hash(token_hash(token))
    if row is None or row.revoked_at is not None or row.expires_at <= clock.now() or not row.user.active:
        return None
    return row.user


def sign_out(token: str) -> None:
    """Revoke one sign-in session; a copied cookie dies with it."""
    with write_transaction():
        row = tables.sign_in_by_hash(token_hash(token))
        if row is not None and row.revoked_at is None:
            row.revoked_at = clock.now()
            trail.append(EventKind.SIGNED_OUT, actor=row.user_id, subject=f"user:{row.user_id}")


def close_account(user_id: int, *, by: int | None) -> None:
    """Close an account and revoke every sign-in session of it."""
    with write_transaction() as session:
        user = session.get_one(tables.User, user_id)
        user.active = False
        tables.revoke_sign_ins(user_id, clock.now())
        trail.append(EventKind.ACCOUNT_CLOSED, actor=by, subject=f"user:{user_id}")


def change_password(user_id: int, password: str, *, by: int | None, must_change: bool = False) -> None:
    """Set a new password and revoke every sign-in session of the account; `must_change`: it is good for choosing another."""
    with write_transaction():
        _set_password(user_id, password, by=by, must_change=must_change)


def _set_password(user_id: int, password: str, *, by: int | None, must_change: bool) -> None:
    user = db.session.get_one(tables.User, user_id)
    user.password_hash, user.must_change_password = hash_secret(password), must_change
    tables.revoke_sign_ins(user_id, clock.now())
    trail.append(EventKind.PASSWORD_CHANGED, actor=by, subject=f"user:{user_id}", one_time=must_change)


def one_time_password() -> str:
    """Return a random password of 60 bits that can be read out over the telephone."""
    return one_time_password_of(secrets.token_bytes(32))


def one_time_password_of(seed: bytes) -> str:
    """Return the one-time password that belongs to 32 secret bytes: the same ones give the same one again."""
    number, letters = int.from_bytes(seed, "big"), ""
    for _ in range(12):
        number, place = divmod(number, len(_READABLE))
        letters += _READABLE[place]
    return "-".join(letters[place:place + 4] for place in (0, 4, 8))


def choose_password(user: tables.User, *, old: str, new: str, again: str, address: str) -> str:
    """Give somebody the password they chose; every sign-in of theirs ends, and the token of a fresh one is returned.

    Raises InvalidInput (old: wrong_old_password; new: password_too_short, password_too_long, password_unchanged; again:
    passwords_differ) and, after five wrong tries of the old password, Throttled.
    """
    problems = _problems_of(old, new, again)
    user_id, password_hash = user.id, user.password_hash
    tries = count_try({f"password:{user_id}": TRIES})
    known = secret_matches(password_hash, old)
    with write_transaction():
        if known:
            tables.forget_tries(tries)
        if known and not problems:
            _set_password(user_id, new, by=user_id, must_change=False)
            return _begin(user_id, address)
    raise InvalidInput(problems if known else [Problem("old", "wrong_old_password"), *problems])


def _problems_of(old: str, new: str, again: str) -> list[Problem]:
    if len(new) < LEAST_PASSWORD:
        return [Problem("new", "password_too_short", (("limit", LEAST_PASSWORD),))]
    if len(new) > LONGEST_PASSWORD:
        return [Problem("new", "password_too_long", (("limit", LONGEST_PASSWORD),))]
    if new == old:
        return [Problem("new", "password_unchanged")]
    return [] if new == again else [Problem("again", "passwords_differ")]
