"""When each site was in a session and how it was read meanwhile, from what the trail says of its legs.  Pure.

A site is in from the moment its call was seen to be up until it was seen to be gone: both are moments of reading, not of the call.
A call that was gone before the session went live was tried, and no attendance.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from roomctl.sessions.verdict import CLEAR, Verdict, worst

CAME, LEFT = "leg_connected", ("leg_dropped", "leg_hung_up")
PROVEN, WORSE = "leg_proven", ("leg_not_proven", "leg_overridden", "gap")
KINDS = (CAME, *LEFT, PROVEN, *WORSE)


@dataclass(frozen=True, slots=True)
class Stay:
    """One stretch of time in a session; `ended_at` is None while it lasts."""

    begun_at: datetime
    ended_at: datetime | None

    def length(self, now: datetime) -> timedelta:
        return max((self.ended_at or now) - self.begun_at, timedelta(0))


def stays_of(entries: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], *, live_at: datetime | None,
             ended_at: datetime | None) -> dict[int, list[Stay]]:
    """Return the stays of each leg that was ever in, from (header, payload) of a session's entries in order.

    What was never seen to end ended with the session.  A clock that was set back makes no stay end before it began.
    """
    if live_at is None:
        return {}
    begun: dict[int, datetime] = {}
    found: dict[int, list[Stay]] = {}
    for header, payload in entries:
        if header.get("kind") not in (CAME, *LEFT):
            continue
        leg, at = payload["leg"], datetime.fromisoformat(str(header["at"]))
        if header["kind"] == CAME:
            begun.setdefault(leg, at)
        elif leg in begun:
            found.setdefault(leg, []).append(_stay(begun.pop(leg), at))
    for leg, at in begun.items():
        found.setdefault(leg, []).append(_stay(at, ended_at))
    kept = {leg: [stay for stay in stays if stay.ended_at is None or stay.ended_at > live_at] for leg, stays in found.items()}
    return {leg: stays for leg, stays in kept.items() if stays}


def _stay(begun_at: datetime, ended_at: datetime | None) -> Stay:
    return Stay(begun_at, None if ended_at is None else max(begun_at, ended_at))


def verdicts_of(entries: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], stays: Mapping[int, Iterable[Stay]], *,
                live_at: datetime | None) -> dict[int, Verdict]:
    """Return the worst that each leg was found to be while it was in and the session was live; what was never proven is not proven.

    A failed try to call somebody back says nothing of the time they were in.
    """
    found: dict[int, list[Verdict]] = {leg: [] for leg in stays}
    for header, payload in entries:
        leg, kind = payload.get("leg"), header.get("kind")
        if kind not in (PROVEN, *WORSE) or leg not in found:
            continue
        at = datetime.fromisoformat(str(header["at"]))
        was_in = any(stay.begun_at <= at and (stay.ended_at is None or at <= stay.ended_at) for stay in stays[leg])
        if kind == PROVEN:
            found[leg] = [*(found[leg] if at > live_at else ()), Verdict.SECURE]
        elif was_in and (kind == "leg_overridden" or at >= live_at):
            is_clear = kind != "gap" and (payload.get("finding") in CLEAR or payload.get("verdict") == Verdict.NOT_SECURE)
            found[leg].append(Verdict.NOT_SECURE if is_clear else Verdict.NOT_PROVEN)
    return {leg: worst(verdicts) for leg, verdicts in found.items()}
