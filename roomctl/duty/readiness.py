"""Whether a device is ready for a conference, check by check, from the last look at it.  Pure: the moments and readings are given.

Each check is answered yes, no or unknown.  A look that is older than the question is no look.  What a family never tells (most tell
nothing of microphone, camera or clock) is unknown and said so, and is no fault; without what a session cannot begin without, a
device is not ready.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from device_drivers.readings import Grade, Tri
from roomctl.devices import codec_facts
from roomctl.security_profiles.profile import Classification


class Check(StrEnum):
    REACHABLE = "reachable"
    HOST_KEY = "host_key"
    SSH_ALLOWED = "ssh_allowed"
    BRIDGE = "bridge"  # There is one that would serve; asked of the host room's codec.
    REGISTERED = "registered"
    ENCRYPTION = "encryption"
    NO_CALL = "no_call"
    MICROPHONE = "microphone"
    CAMERA = "camera"
    FIRMWARE = "firmware"
    CLOCK = "clock"


MUST_BE_KNOWN = frozenset({Check.REACHABLE, Check.HOST_KEY, Check.SSH_ALLOWED, Check.BRIDGE, Check.REGISTERED, Check.ENCRYPTION, Check.NO_CALL})
NO_CALL_FROM_MINUTES = 15  # Earlier, a call may well be another conference's.
KEY_FAULTS = frozenset({"host_key_unknown", "host_key_changed"})
NOT_LOOKED_AT, IN_SESSION = "not_looked_at", "in_session"  # Why nothing is known, in place of a fault's word.
_GRADES = (Grade.NONE, Grade.C, Grade.B, Grade.A)  # From nothing up.


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its answer, and a stable word or a device's own that says more; empty when there is nothing to say."""

    check: Check
    answer: Tri
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A codec or a bridge as it was last looked at; `readings` are values by name, `read_at` is when it last answered."""

    kind: str
    asked_at: datetime  # Since when somebody has waited for this look.
    looked_at: datetime | None
    read_at: datetime | None
    fault: str
    readings: Mapping[str, Any]
    is_approved: bool  # A person has approved a host key.
    uses_old_ssh: bool
    is_in_session: bool
    best_proof: Grade
    can_require: bool  # Encryption, of its calls.
    firmware: str
    approved_firmware: Collection[str]  # Of its model; empty: nothing was approved.

    @property
    def is_fresh(self) -> bool:
        return self.looked_at is not None and self.looked_at >= self.asked_at

    @property
    def answered(self) -> bool:
        """True when the last look brought an answer of the control itself."""
        return self.is_fresh and self.read_at == self.looked_at and (self.kind != "codec" or codec_facts.CALLS_UP in self.readings)


def findings(seen: Seen, *, classification: Classification, min_grade: str, ahead_minutes: int) -> list[Finding]:
    """Return what stands in the way of a device that is to serve a conference under a profile."""
    is_barred = seen.uses_old_ssh and classification.is_classified
    found = [_reachable(seen), _host_key(seen),
             Finding(Check.SSH_ALLOWED, Tri.NO, "ssh_legacy_barred") if is_barred else Finding(Check.SSH_ALLOWED, Tri.YES)]
    if seen.kind == "codec":
        found += [_told(seen, Check.REGISTERED, codec_facts.REGISTERED), _encryption(seen, Grade(min_grade))]
        if ahead_minutes <= NO_CALL_FROM_MINUTES:
            found.append(_no_call(seen))
        found += [_told(seen, Check.MICROPHONE, codec_facts.MICROPHONE), _told(seen, Check.CAMERA, codec_facts.CAMERA)]
    found.append(_firmware(seen))
    if seen.kind == "codec":
        found.append(_clock(seen))
    return found


def readiness(found: Iterable[Finding]) -> Tri:
    """Return no when a check says no, unknown when one of those that must be known is not, otherwise yes."""
    answers = list(found)
    if any(one.answer is Tri.NO for one in answers):
        return Tri.NO
    if any(one.answer is Tri.UNKNOWN and one.check in MUST_BE_KNOWN for one in answers):
        return Tri.UNKNOWN
    return Tri.YES if answers else Tri.UNKNOWN


def failing(found: Iterable[Finding]) -> list[Finding]:
    """Return what makes a device not ready: what says no, and what must be known and is not, unless the look itself is missing."""
    answers = list(found)
    unknown = [one for one in answers if one.answer is Tri.UNKNOWN and one.check in MUST_BE_KNOWN]
    if any(one.check is Check.REACHABLE and one.answer is not Tri.YES for one in answers):
        unknown = [one for one in unknown if one.check is Check.REACHABLE]
    return [one for one in answers if one.answer is Tri.NO or one in unknown]


def _unknown(seen: Seen, check: Check) -> Finding:
    why = IN_SESSION if seen.is_in_session else NOT_LOOKED_AT if not seen.is_fresh else "" if seen.answered else seen.fault
    return Finding(check, Tri.UNKNOWN, why)


def _reachable(seen: Seen) -> Finding:
    if seen.is_in_session or not seen.is_fresh:
        return _unknown(seen, Check.REACHABLE)
    if seen.answered:
        return Finding(Check.REACHABLE, Tri.YES)
    # A look that failed left its fault; without one, it was a session that noted it, and nothing was read.
    return Finding(Check.REACHABLE, Tri.NO, seen.fault) if seen.fault else Finding(Check.REACHABLE, Tri.UNKNOWN, NOT_LOOKED_AT)


def _host_key(seen: Seen) -> Finding:
    if not seen.is_approved:
        return Finding(Check.HOST_KEY, Tri.NO, "host_key_unknown")
    if seen.is_fresh and seen.fault in KEY_FAULTS:
        return Finding(Check.HOST_KEY, Tri.NO, seen.fault)
    if seen.answered:
        return Finding(Check.HOST_KEY, Tri.YES)
    return _unknown(seen, Check.HOST_KEY)


def _told(seen: Seen, check: Check, name: str) -> Finding:
    word = seen.readings.get(name) if seen.answered and not seen.is_in_session else None
    return Finding(check, Tri(word)) if word in (Tri.YES, Tri.NO) else _unknown(seen, check)


def _encryption(seen: Seen, min_grade: Grade) -> Finding:
    """What the family cannot prove or require is known beforehand; a better proof than its best may still come of some firmware."""
    if seen.best_proof is Grade.NONE:
        return Finding(Check.ENCRYPTION, Tri.NO, "no_proof")
    if not seen.can_require:
        return Finding(Check.ENCRYPTION, Tri.NO, "cannot_require")
    told = _told(seen, Check.ENCRYPTION, codec_facts.CAN_ENCRYPT)
    if told.answer is Tri.NO:
        return Finding(Check.ENCRYPTION, Tri.NO, "cannot_encrypt")
    if _GRADES.index(seen.best_proof) < _GRADES.index(min_grade):
        return Finding(Check.ENCRYPTION, Tri.UNKNOWN, "grade_too_low")
    return told


def _no_call(seen: Seen) -> Finding:
    calls = seen.readings.get(codec_facts.CALLS_UP) if seen.answered and not seen.is_in_session else None
    if calls is None:
        return _unknown(seen, Check.NO_CALL)
    return Finding(Check.NO_CALL, Tri.NO, "already_in_call") if calls > 0 else Finding(Check.NO_CALL, Tri.YES)


def _firmware(seen: Seen) -> Finding:
    if not seen.approved_firmware or not seen.firmware:
        return Finding(Check.FIRMWARE, Tri.UNKNOWN, "none_approved" if seen.firmware else "")
    is_approved = seen.firmware in seen.approved_firmware
    return Finding(Check.FIRMWARE, Tri.YES if is_approved else Tri.NO, "" if is_approved else seen.firmware)


def _clock(seen: Seen) -> Finding:
    ahead_s = seen.readings.get(codec_facts.CLOCK_AHEAD) if seen.answered and not seen.is_in_session else None
    if ahead_s is None:
        return _unknown(seen, Check.CLOCK)
    in_time = abs(ahead_s) <= codec_facts.MOST_CLOCK_AHEAD_S
    return Finding(Check.CLOCK, Tri.YES if in_time else Tri.NO, "" if in_time else f"{ahead_s:+.0f} s")
