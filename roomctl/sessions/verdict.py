"""How secure a leg was read back to be, and what that makes of its session.  Pure.

A configured setting or an "OK" is never proof; unknown, silence and a stale answer are not proven, and not proven is
not secure (design, section 7).
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from device_drivers.readings import Call, ConferenceOnBridge, Encryption, Grade, Participant, Tri
from roomctl.security_profiles.profile import Profile

CLEAR = frozenset({"call_clear", "bridge_end_clear", "extra_call"})  # Findings that mean not secure; all others mean not proven.
_BETTER = {Grade.A: 2, Grade.B: 1, Grade.C: 0, Grade.NONE: -1}


class Verdict(StrEnum):
    """In worsening order."""

    SECURE = "secure"
    NOT_PROVEN = "not_proven"
    NOT_SECURE = "not_secure"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst; of nothing, not proven."""
    order = list(Verdict)
    found = list(verdicts)
    return max(found, key=order.index) if found else Verdict.NOT_PROVEN


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the grade it rests on, and what differs from the profile: a stable word and its detail."""

    verdict: Verdict
    grade: Grade
    finding: str = ""
    detail: str = ""


def judge(profile: Profile, reading: Encryption | None, *, extra_calls: Iterable[Call] = (), bridge: ConferenceOnBridge | None,
          own_address: str) -> Judgement:
    """Judge one leg from both its ends: the codec's read-back and the bridge's participant."""
    ends = [_codec_end(profile, reading), _bridge_end(bridge, own_address)]
    extra = list(extra_calls)
    if extra:
        ends.append(Judgement(Verdict.NOT_SECURE, Grade.NONE, "extra_call", extra[0].remote))
    return _worse(ends)


def judge_link(profile: Profile, near: Encryption | None, *, far: ConferenceOnBridge | None, own_address: str) -> Judgement:
    """Judge a link between two bridges from both its ends, each of which lists the other: neither says more than one word a call."""
    return _worse([_word_of_bridge(profile, near), _bridge_end(far, own_address)])


def judge_guest(profile: Profile, near: Encryption | None) -> Judgement:
    """Judge a guest by the bridge that called: its own end is nobody's to read, so it is never proven, and may be worse."""
    return _worse([_word_of_bridge(profile, near), Judgement(Verdict.NOT_PROVEN, Grade.NONE, "guest_end_unseen")])


def judge_host(profile: Profile, readings: Collection[Encryption | None], *, strangers: Collection[str]) -> Judgement:
    """Judge the host's own codec, which mixes the others' calls: as bad as the worst of them, and as anybody else who called."""
    ends = [_codec_end(profile, reading) for reading in readings] or [_codec_end(profile, None)]
    return _worse([*ends, *(Judgement(Verdict.NOT_SECURE, Grade.NONE, "extra_call", remote) for remote in strangers)])


def mixed_by_codec(address: str, calls: Iterable[tuple[Call, Encryption | None]]) -> ConferenceOnBridge:
    """Return what a host's codec says of the calls that it mixes, in the words of a bridge; what it does not prove is unknown."""
    found = list(calls)
    return ConferenceOnBridge(
        address=address, locked=Tri.UNKNOWN, raw=json.dumps([reading.raw if reading else None for _, reading in found], ensure_ascii=False),
        participants=tuple(Participant(id=call.id, remote=call.remote, encrypted=_proven(reading), suite=reading.suite if reading else None)
                           for call, reading in found))


def _proven(reading: Encryption | None) -> Tri:
    if reading is None or (reading.encrypted is Tri.YES and (
            reading.grade not in (Grade.A, Grade.B) or (reading.grade is Grade.A and not reading.has_media_both_ways))):
        return Tri.UNKNOWN
    return reading.encrypted


def _worse(ends: Sequence[Judgement]) -> Judgement:
    """Return the worst of a leg's ends, the first of equals; where nothing differs from the profile, the near one."""
    order = list(Verdict)
    return max(ends, key=lambda end: order.index(end.verdict)) if any(end.finding for end in ends) else ends[0]


def _word_of_bridge(profile: Profile, reading: Encryption | None) -> Judgement:
    if reading is None:
        return Judgement(Verdict.NOT_PROVEN, Grade.NONE, "no_reading")
    if reading.encrypted is Tri.NO:
        return Judgement(Verdict.NOT_SECURE, Grade.B, "call_clear", reading.suite or "")
    if reading.encrypted is not Tri.YES:
        return Judgement(Verdict.NOT_PROVEN, Grade.B, "encryption_unknown", reading.suite or "")
    return Judgement(Verdict.SECURE, Grade.B)


def _codec_end(profile: Profile, reading: Encryption | None) -> Judgement:
    if reading is None:
        return Judgement(Verdict.NOT_PROVEN, Grade.NONE, "no_reading")
    if reading.encrypted is Tri.NO:
        clear = [f"{stream.media} {stream.direction}" for stream in reading.streams if stream.encrypted is Tri.NO]
        return Judgement(Verdict.NOT_SECURE, reading.grade, "call_clear", ", ".join(clear) or (reading.suite or ""))
    if reading.encrypted is not Tri.YES:
        return Judgement(Verdict.NOT_PROVEN, reading.grade, "encryption_unknown", reading.suite or "")
    if reading.grade is Grade.A and not reading.has_media_both_ways:
        return Judgement(Verdict.NOT_PROVEN, reading.grade, "media_one_way")
    if _BETTER[reading.grade] < _BETTER[Grade(profile.min_grade)]:
        return Judgement(Verdict.NOT_PROVEN, reading.grade, "grade_too_low", reading.grade)
    if reading.suite is not None and not profile.names_suite(reading.suite):
        return Judgement(Verdict.NOT_PROVEN, reading.grade, "suite_not_approved", reading.suite)
    if reading.grade is not Grade.A and reading.suite is None:
        return Judgement(Verdict.NOT_PROVEN, reading.grade, "suite_not_approved")
    return Judgement(Verdict.SECURE, reading.grade)


def _bridge_end(bridge: ConferenceOnBridge | None, own_address: str) -> Judgement:
    if bridge is None:
        return Judgement(Verdict.NOT_PROVEN, Grade.NONE, "bridge_not_read")
    mine = [one for one in bridge.participants if one.remote == own_address]
    if not mine:
        return Judgement(Verdict.NOT_PROVEN, Grade.NONE, "bridge_does_not_see_leg")
    if any(one.encrypted is Tri.NO for one in mine):
        return Judgement(Verdict.NOT_SECURE, Grade.NONE, "bridge_end_clear")
    if any(one.encrypted is not Tri.YES for one in mine):
        return Judgement(Verdict.NOT_PROVEN, Grade.NONE, "bridge_end_unknown")
    return Judgement(Verdict.SECURE, Grade.B)


def strangers(bridge: ConferenceOnBridge | None, expected: Iterable[str]) -> list[Participant]:
    """Return who is on the bridge and belongs to no leg."""
    return [one for one in bridge.participants if one.remote not in set(expected)] if bridge else []


def still_fresh(checked_at: datetime | None, *, now: datetime, interval: timedelta) -> bool:
    """True while a leg's last successful reading may be shown: past twice the interval it is unknown, never green."""
    return checked_at is not None and timedelta(0) <= now - checked_at <= max(2 * interval, interval + timedelta(seconds=5))
