"""Keeping the catalogue of security profiles."""

import string
from dataclasses import asdict, dataclass, field, replace

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, lock_name, write_transaction
from roomctl.errors import Conflict, NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import root_unit
from roomctl.security_profiles.profile import AttestationKind, Classification, OnDrift
from roomctl.security_profiles.tables import SecurityProfile, latest_version, versions_of
from roomctl.typed import Typed

# The names that are approved at first: what Cisco codecs report of a call, and, below mật, what baresip rooms report of a stream.
CALL_SUITE, STREAM_SUITE = "Aes-128", "AES_CM_128_HMAC_SHA1_80"
# What an installation begins with; its security officers add their own versions.
DEFAULTS = (
    ("thuong", "Họp thường", "Ordinary", Classification.ORDINARY, "B", OnDrift.DROP, [CALL_SUITE, STREAM_SUITE]),
    ("noi-bo", "Họp nội bộ", "Internal", Classification.INTERNAL, "A", OnDrift.DROP, [CALL_SUITE, STREAM_SUITE]),
    ("mat", "Họp mật", "Confidential", Classification.CONFIDENTIAL, "A", OnDrift.END, [CALL_SUITE]),
)
MOST_SUITES, LONGEST_SUITE = 20, 64
LEAST_INTERVAL_S, MOST_INTERVAL_S = 1, 3600
MOST_DAYS = 3650
_SUITE_LETTERS = set(string.ascii_letters + string.digits + "-_.:/+ ")


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of a profile demands."""

    name_vi: str
    name_en: str
    min_grade: str
    suites: tuple[str, ...]
    check_interval_s: int
    on_drift: str
    overridable: bool
    attestations: dict[str, int] = field(default_factory=dict)  # Days by kind.


def add_default_profiles() -> None:
    """Add the profiles that an installation begins with."""
    for key, name_vi, name_en, classification, min_grade, on_drift, suites in DEFAULTS:
        add_version(key=key, name_vi=name_vi, name_en=name_en, classification=classification, min_grade=min_grade, suites=suites,
                    check_interval_s=5, on_drift=on_drift)


def add_version(*, key: str, name_vi: str, name_en: str, classification: Classification, min_grade: str, suites: list[str],
                check_interval_s: int, on_drift: OnDrift, overridable: bool | None = None, attestations: dict[str, int] | None = None,
                by: int | None = None) -> SecurityProfile:
    """Add the next version of a profile; older versions stay for the conferences that were booked under them.

    Unless it is said, overrides are allowed below mật, and no attestation is asked for.
    """
    terms = Terms(name_vi, name_en, min_grade, tuple(suites), check_interval_s, on_drift,
                  not classification.is_classified if overridable is None else overridable, attestations or {})
    with write_transaction():
        return _add(key, classification, terms, by=by)


def _add(key: str, classification: Classification, terms: Terms, *, by: int | None) -> SecurityProfile:
    """Add the next version, inside the caller's transaction."""
    columns = {**asdict(terms), "suites": list(terms.suites)}
    row = SecurityProfile(key=key, version=latest_version(key) + 1, classification=classification, created_at=clock.now(), created_by=by, **columns)
    db.session.add(row)
    db.session.flush()
    trail.append(EventKind.PROFILE_VERSION_ADDED, actor=by, subject=f"profile:{row.id}", key=key, version=row.version,
                 classification=classification,
                 **{name: value for name, value in columns.items() if not name.startswith("name_")})
    return row


def require_keeper(user: User | None) -> None:
    """Raise unless `user` keeps the profiles: a security officer of the whole organisation, since profiles count everywhere."""
    access.require(user, Action.KEEP_PROFILES, root_unit())


def checked_terms(key: str, terms: Terms) -> Terms:
    """Return the terms as they would be kept; raise NotVisible for a profile that does not exist, and InvalidInput."""
    if not versions_of(key):
        raise NotVisible
    typed = Typed()
    name_vi = typed.line("name_vi", terms.name_vi, longest=120, missing="name_missing")
    name_en = typed.line("name_en", terms.name_en, longest=120, missing="name_missing")
    if terms.min_grade not in ("A", "B"):
        typed.refuse("min_grade", "unknown_choice")
    if terms.on_drift not in set(OnDrift):
        typed.refuse("on_drift", "unknown_choice")
    typed.within("check_interval_s", terms.check_interval_s, LEAST_INTERVAL_S, MOST_INTERVAL_S)
    suites = tuple(dict.fromkeys(one.strip() for one in terms.suites if one.strip()))
    if not suites:
        typed.refuse("suites", "suites_missing")
    if len(suites) > MOST_SUITES or any(len(one) > LONGEST_SUITE or not set(one) <= _SUITE_LETTERS for one in suites):
        typed.refuse("suites", "bad_suites", most=MOST_SUITES, limit=LONGEST_SUITE)
    for kind in AttestationKind:
        if kind in terms.attestations:
            typed.within(f"days_{kind}", terms.attestations[kind], 1, MOST_DAYS)
    typed.insist()
    return replace(terms, name_vi=name_vi, name_en=name_en, suites=suites,
                   attestations={kind.value: terms.attestations[kind] for kind in AttestationKind if kind in terms.attestations})


def renew_within(key: str, terms: Terms, *, seen_version: int, by: User) -> SecurityProfile:
    """Add a version with other terms that were checked, inside the caller's transaction.

    Its classification stays, since conferences are restricted by it.  Raises Conflict when somebody has added a version
    that was not seen ("profile_moved_on"), or nothing would change ("profile_unchanged").
    """
    lock_name(f"profile:{key}")
    latest = versions_of(key)[0]
    if latest.version != seen_version:
        raise Conflict("profile_moved_on", version=latest.version)
    if terms_of(latest) == terms:
        raise Conflict("profile_unchanged")
    return _add(key, Classification(latest.classification), terms, by=by.id)


def terms_of(row: SecurityProfile) -> Terms:
    """Return what a version demands."""
    return Terms(row.name_vi, row.name_en, row.min_grade, tuple(row.suites), row.check_interval_s, row.on_drift, row.overridable,
                 {kind.value: days for kind, days in row.required_attestations.items()})


def differences(former: Terms, terms: Terms) -> dict[str, tuple[object, object]]:
    """Return what differs, by the name of the term, with the value before and after."""
    before, after = asdict(former), asdict(terms)
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}
