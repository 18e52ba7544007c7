"""What a security profile demands, and the order of classifications and grades.  Pure.

Grades of proof (design, section 7): A negotiated per media stream in both directions; B negotiated per call;
C configured only.  C never makes a secure start.
"""

from dataclasses import dataclass
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

    def names_suite(self, suite: str | None) -> bool:
        """True when `suite` is on the allow-list.  A name nobody has approved proves nothing."""
        return suite is not None and suite.casefold() in {name.casefold() for name in self.suites}
