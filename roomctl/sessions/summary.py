"""What a session was, as it is sealed at its end: profile, sites and how their devices were reached, gaps, overrides, the verdict.

No title and no agenda: who may not know what a conference is about may still hold its evidence.
"""

import json
from typing import Any

from roomctl.audit import trail
from roomctl.devices.tables import Device
from roomctl.sessions import tables
from roomctl.sessions.circumstances import circumstances_of


def summary(session: tables.ConferenceSession) -> dict[str, Any]:
    """Return a session as JSON values."""
    profile = session.profile
    ends = {leg_id: (_read(first), _read(last)) for leg_id, (first, last) in tables.first_and_last_kept(session.id).items()}
    with tables.at_hand(session.legs, rooms=True):
        return {
            "session": session.id, "number": session.number, "occurrence": session.occurrence_id, "state": session.state,
            "verdict": session.verdict, "started_at": _moment(session.started_at), "live_at": _moment(session.live_at),
            "ended_at": _moment(session.ended_at),
            "bridge": {"name": session.bridge.name, "address": session.bridge_address, "simulated": session.bridge.simulated,
                       **_device(session.bridge), "reached_by": _bridge_reached_by(session.id, [last for _, last in ends.values()])},
            "topology": session.topology,
            "simulated": session.bridge.simulated or any(leg.device.simulated for leg in session.legs),
            "profile": {"key": profile.key, "version": profile.version, "name": profile.name_vi, "name_en": profile.name_en,
                        "classification": profile.classification, "min_grade": profile.min_grade, "suites": list(profile.suites),
                        "check_interval_s": profile.check_interval_s, "on_drift": profile.on_drift},
            "legs": [_leg(session, leg, *ends.get(leg.id, ({}, {}))) for leg in session.legs],
            "gaps": [{"leg": gap.leg_id, "begun_at": _moment(gap.begun_at), "ended_at": _moment(gap.ended_at), "reason": gap.reason}
                     for gap in tables.gaps_of(session.id)],
            **circumstances_of(session),
        }


def _leg(session: tables.ConferenceSession, leg: tables.Leg, first: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    """Return a leg; how its device was reached is that of the last check, or of the look when it was never checked."""
    looked = first.get("observed") if first.get("what") == "look" else None
    return {
        "leg": leg.id, "kind": leg.kind, "room": leg.shown_name, "unit": leg.shown_unit, "host": leg.room_id == session.host_room_id,
        "device": leg.device.name, "far_end": {"bridge": leg.bridge.name if leg.bridge else None, "address": leg.bridge_address},
        "own_address": leg.own_address, "state": leg.state, "verdict": leg.verdict, "grade": leg.grade, "suite": leg.suite, "finding": leg.finding,
        "detail": leg.finding_detail, "dials": leg.dials, "connected_at": _moment(leg.connected_at), "checked_at": _moment(leg.checked_at),
        "former_setting": leg.former_setting, "restored_at": _moment(leg.restored_at), **_device(leg.device), "look": looked,
        "reached_by": (last.get("observed") or {}).get("reached_by") or (looked or {}).get("reached_by"),
    }


def _device(device: Device) -> dict[str, Any]:
    return {"family": device.family, "reached_at": f"{device.host}:{device.port}", "account": device.username,
            "pinned_host_key": device.pinned_fingerprint, "legacy_allowed": device.ssh_legacy, "model": device.model, "firmware": device.firmware,
            "serial": device.serial}


def _bridge_reached_by(session_id: int, last: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return how the bridge was reached at the last reading that a leg's last check rests on; None when there is none."""
    checks = [one for one in last if one.get("what") == "check" and one["observed"]["bridge"]]
    if not checks:
        return None
    latest = max(checks, key=lambda one: one["at"])
    return _read(tables.kept_as(session_id, latest["observed"]["bridge"]["reading"]) or b"").get("reached_by")


def _read(document: bytes | str) -> dict[str, Any]:
    """Return a kept reading, or nothing where somebody made it unreadable: the verification names that."""
    try:
        read = json.loads(document) if document else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _moment(at: Any) -> str | None:
    return trail.iso(at) if at else None
