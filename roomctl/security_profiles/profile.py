"""What a security profile demands, and the order of classifications and grades.  Pure.

Grades of proof (design, section 7): A negotiated per media stream in both directions; B negotiated per call;
C configured only.  C never makes a secure start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Classification(StrEnum):
    """In rising order; the Vietnamese words are those of the law on state secrets."""

    ORDINARY = "ordinary"  # thường
    INTERNAL = "internal"  # nội bộ
    CONFIDENTIAL = "confidential"  # mật
    SECRET = "secret"  # tối mật
    TOP_SECRET = "top_secret"  # tuyệt mật

    @property
    def rank(self) -> int:
        return list(Classification).index(self)

    @property
    def is_restricted(self) -> bool:
        """True from nội bộ up: those who need not know see only "busy"."""
        return self.rank >= Classification.INTERNAL.rank

    @property
    def is_classified(self) -> bool:
        """True from mật up: only a code name is stored."""
        return self.rank >= Classification.CONFIDENTIAL.rank


class OnDrift(StrEnum):
    """What happens to a leg whose check fails while the session is live."""

    ALARM = "alarm"
    DROP = "drop"
    END = "end"


class AttestationKind(StrEnum):
    """What a person attests, since no device can be asked for it."""

    LINE_PROTECTION = "line_protection"  # Of a unit's line.
    WIRED_MICROPHONES = "wired_microphones"  # Of a room, as all below.
    ROOM_INSPECTION = "room_inspection"

    @property
    def is_of_room(self) -> bool:
        return self is not AttestationKind.LINE_PROTECTION

    @property
    def finding(self) -> str:
        """The finding of a leg whose room has none, or none any more."""
        return f"no_{self.value}"


@dataclass(frozen=True, slots=True)
class Attested:
    """One attestation that stands: what for, since when, and until when."""

    kind: AttestationKind
    attested_at: datetime
    valid_until_at: datetime


def attestation_missing(required: Mapping[AttestationKind, int], standing: list[Attested], *, now: datetime,
                        until: datetime) -> AttestationKind | None:
    """Return the first kind that is required and not there: none stands, it ends before `until`, or it is older than the days allowed.

    An attestation of tomorrow is none today: a clock that stepped back must not make one valid.
    """
    for kind, days in required.items():
        good = (one for one in standing if one.kind is kind and one.attested_at <= now and one.valid_until_at >= max(until, now)
                and now - one.attested_at <= timedelta(days=days))
        if next(good, None) is None:
            return kind
    return None


@dataclass(frozen=True, slots=True)
class Profile:
    """One immutable version of a security profile."""

    key: str
    version: int
    classification: Classification
    min_grade: str  # "A" or "B"
    suites: tuple[str, ...]  # Names a call-level read-back may give; compared without regard to case.
    check_interval_s: int
    on_drift: OnDrift
    overridable: bool = False  # Whether a second person may accept a leg that is not proven.
    attestations: Mapping[AttestationKind, int] = field(default_factory=dict)  # Required kinds, and how many days old at most.

    def names_suite(self, suite: str | None) -> bool:
        """True when `suite` is on the allow-list.  A name nobody has approved proves nothing."""
        return suite is not None and suite.casefold() in {name.casefold() for name in self.suites}
