"""What the record for people says of a session: drawn from the bundle that a stranger checks, and from nothing else.  Pure.

A site is counted by the worst that it was found to be while it was in.  What is not there is unknown, and the worst stands first.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from roomctl.audit import verify
from roomctl.sessions.attendance import Stay, stays_of, verdicts_of
from roomctl.sessions.verdict import Verdict, worst
from roomctl.text import vietnamese_order

MOST_SITES = 400  # On paper; of more than that the good ones are counted, and listed in the file inside.
MOST_DEVICES = 60  # How these were reached is an annex; of more it is in the file inside.
_ORDER = {Verdict.NOT_SECURE: 0, Verdict.NOT_PROVEN: 1, Verdict.SECURE: 2}


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a site was not read; `ended_at` is None for one that lasted to the end."""

    room: str
    begun_at: datetime
    ended_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Site:
    """A site as sealed; `took_part` is False for one that was not in while the session was live."""

    room: str
    unit: str
    is_host: bool
    took_part: bool
    left_out: bool
    verdict: Verdict
    grade: str
    suite: str
    finding: str
    detail: str
    stays: tuple[Stay, ...]
    gaps: int
    overridden: bool
    device: Mapping[str, Any]

    @property
    def is_good(self) -> bool:
        return self.took_part and self.verdict is Verdict.SECURE and not self.gaps and not self.overridden


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the record says; `listed` are the sites that stand on it one by one.

    `verdict` is the sealed one, or worse where a site was in that was never read: that nobody looked is no proof.
    """

    session: Mapping[str, Any]
    started_at: datetime
    live_at: datetime | None
    ended_at: datetime
    verdict: Verdict
    was_live: bool
    sites: tuple[Site, ...]
    listed: tuple[Site, ...]
    gaps: tuple[Gap, ...]
    overrides: tuple[Mapping[str, Any], ...]
    entries: tuple[int, int]  # The first and the last of the trail that are in the bundle.
    checks: int
    digest: str  # SHA-256 of the file inside.
    sealed: Mapping[str, Any]  # The last checkpoint: size, head, at.
    sheet_text: str

    @property
    def length(self) -> timedelta:
        """How long it was live; nothing when it never was."""
        return max(self.ended_at - self.live_at, timedelta(0)) if self.live_at is not None else timedelta(0)

    def count(self, verdict: Verdict) -> int:
        """Return how many of the sites that took part have this verdict."""
        return sum(site.took_part and site.verdict == verdict for site in self.sites)

    @property
    def absent(self) -> int:
        return sum(not site.took_part for site in self.sites)

    @property
    def unproven(self) -> list[Site]:
        """Sites that took part and were not proven secure."""
        return [site for site in self.sites if site.took_part and site.verdict is not Verdict.SECURE]


def sheet_of(bundle: Mapping[str, Any], packed: bytes) -> Sheet:
    """Return what is said of a bundle whose zip is `packed`; raise ValueError, KeyError or TypeError when it cannot be read."""
    session = json.loads(bundle["session"])
    ended_at = _at(session["ended_at"])
    told = [(json.loads(one["header"]), json.loads(one["payload"])) for one in bundle["entries"] if one.get("payload") is not None]
    rooms = {leg["leg"]: leg["room"] for leg in session["legs"]}
    gaps = [Gap(rooms[one["leg"]], _at(one["begun_at"]), _at(one["ended_at"]), one["reason"]) for one in session["gaps"]]
    stays = stays_of(told, live_at=_at(session["live_at"]), ended_at=ended_at)
    verdicts = verdicts_of(told, stays, live_at=_at(session["live_at"]))
    overridden = {one["leg"] for one in session.get("overrides", []) if one["used_at"]}
    sites = sorted((_site(leg, stays.get(leg["leg"], []), verdicts.get(leg["leg"]), overridden, session["gaps"])
                    for leg in session["legs"]), key=_worst_first)
    last = bundle["checkpoints"][-1] if bundle["checkpoints"] else None
    return Sheet(
        session=session, started_at=_at(session["started_at"]), live_at=_at(session["live_at"]), ended_at=ended_at,
        verdict=worst([Verdict(session["verdict"]), *(site.verdict for site in sites if site.took_part)]),
        was_live=session["live_at"] is not None, sites=tuple(sites),
        listed=tuple(sites if len(sites) <= MOST_SITES else [site for site in sites if not site.is_good][:MOST_SITES]), gaps=tuple(gaps),
        overrides=tuple({**one, "room": rooms.get(one["leg"], "")} for one in session.get("overrides", [])),
        entries=(bundle["start"]["size"] + 1, bundle["start"]["size"] + len(bundle["entries"])),
        checks=sum('"what":"check"' in text for text in bundle["checks"]), digest=hashlib.sha256(packed).hexdigest(),
        sealed=json.loads(last["body"]) if last else {}, sheet_text=verify.sheet_text(last) if last else "")


def _site(leg: Mapping[str, Any], stays: Iterable[Stay], found: Verdict | None, overridden: set[int],
          gaps: Iterable[Mapping[str, Any]]) -> Site:
    stays = tuple(stays)
    return Site(
        room=leg["room"], unit=leg["unit"], is_host=bool(leg.get("host")), took_part=bool(stays),
        left_out=leg["state"] == "left_out", verdict=found or Verdict(leg["verdict"]), grade=leg["grade"], suite=leg["suite"], finding=leg["finding"],
        detail=leg["detail"], stays=stays, gaps=sum(one["leg"] == leg["leg"] for one in gaps), overridden=leg["leg"] in overridden, device=leg)


def _worst_first(site: Site) -> tuple[int, bool, str, str]:
    """The worst first, then who was not in; in each group the host, then the units in Vietnamese order."""
    return (_ORDER[site.verdict] if site.took_part else 3, not site.is_host, vietnamese_order(site.unit), vietnamese_order(site.room))


def _at(moment: str | None) -> Any:
    return datetime.fromisoformat(moment) if moment else None
