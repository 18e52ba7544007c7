"""What is kept of devices as evidence: a look at a codec before its call, a check of its call, a reading of the bridge.

Each is canonical bytes in the table of checks; their digests go into the trail with the tick that brought them.
"""

import hashlib
from datetime import datetime
from functools import lru_cache

from device_drivers.readings import ConferenceOnBridge, SshFacts
from roomctl.audit import chain, trail
from roomctl.database import db
from roomctl.security_profiles.profile import Profile
from roomctl.sessions import observe, tables, ways
from roomctl.sessions.observe import Outcome
from roomctl.sessions.verdict import Judgement


def keep_look(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, now: datetime, digests: list[str]) -> None:
    """Keep what a codec said of itself before its call, if it said anything; called before the device's row takes it over."""
    status = outcome.status
    if status is None:
        return
    at, device = outcome.looked_at or now, leg.device
    ahead_s = round((status.clock_at - at).total_seconds()) if status.clock_at is not None else None
    probe = {"at": trail.iso(device.probed_at) if device.probed_at else None, "status": str(device.status),
             "age_s": round((at - device.probed_at).total_seconds()) if device.probed_at else None}
    _keep(session, leg, now, digests, chain.canonical({
        "what": "look", "session": session.id, "leg": leg.id, "room": leg.room_id, "at": trail.iso(at), "error": outcome.error,
        "observed": {
            "model": status.identity.model, "serial": status.identity.serial, "firmware": status.identity.firmware,
            "simulated": status.identity.simulated, "uptime_s": status.identity.uptime_s, "registered": status.registered.value,
            "can_encrypt": status.can_encrypt.value, "calls": [call.remote for call in status.calls], "setting": outcome.setting,
            "clock_ahead_s": ahead_s, "probe": probe, "reached_by": observe.facts_as_plain(outcome.reached_by)}}))


def keep_check(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, profile: Profile, judged: Judgement, now: datetime,
               digests: list[str]) -> None:
    """Keep what was asked of a leg, what both its ends were read back as, and what was made of that."""
    bridge = None
    if outcome.bridge is not None:
        reading = _bridge_reading(session.id, outcome.bridge, outcome.bridge_reached_by, now)
        _keep(session, leg, now, digests, reading)
        mine = [one for one in outcome.bridge.participants if one.remote == leg.own_address]
        bridge = {"reading": hashlib.sha256(reading).hexdigest(),
                  "participants": [{"id": one.id, "remote": one.remote, "encrypted": one.encrypted.value, "suite": one.suite} for one in mine]}
    _keep(session, leg, now, digests, chain.canonical({
        "what": "check", "way": "host" if ways.is_called(session, leg) else leg.kind, "session": session.id, "leg": leg.id,
        "room": leg.room_id, "at": trail.iso(now),
        "required": {"encryption": "on, both directions, every stream", "min_grade": profile.min_grade, "suites": list(profile.suites),
                     "profile": profile.key, "profile_version": profile.version},
        "commanded": {"setting": "On" if leg.kind == tables.LegKind.ROOM else None,
                      "dialled": None if ways.is_called(session, leg) else ways.target_of(leg)},
        "observed": {"codec": observe.reading_as_plain(outcome.reading), "bridge": bridge,
                     **({"mixes": [observe.reading_as_plain(one) for one in outcome.host_readings]} if outcome.host_readings else {}),
                     "extra_calls": [call.remote for call in outcome.extra_calls], "call": leg.call_id,
                     "reached_by": observe.facts_as_plain(outcome.reached_by), "firmware": leg.device.firmware,
                     "simulated": leg.device.simulated},
        "verdict": judged.verdict.value, "grade": judged.grade.value, "finding": judged.finding, "detail": judged.detail}))


@lru_cache(maxsize=16)
def _bridge_reading(session_id: int, bridge: ConferenceOnBridge, reached_by: SshFacts | None, now: datetime) -> bytes:
    """Return a reading of the bridge as kept once for all legs that it served: with 340 legs it names 340 callers."""
    return chain.canonical({"what": "bridge", "session": session_id, "at": trail.iso(now), **observe.bridge_as_plain(bridge),
                            "reached_by": observe.facts_as_plain(reached_by)})


def _keep(session: tables.ConferenceSession, leg: tables.Leg, now: datetime, digests: list[str], document: bytes) -> None:
    digest = hashlib.sha256(document).hexdigest()
    if digest not in digests:
        digests.append(digest)
        db.session.add(tables.LegCheck(session_id=session.id, leg_id=leg.id, at=now, document=document, digest=digest))
