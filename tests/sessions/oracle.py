"""Looks at each moment of a run whether a screen calls a leg proven that was not read back as such."""

import json

from roomctl import clock
from roomctl.audit import trail
from roomctl.database import db
from roomctl.sessions import tables
from roomctl.sessions.roster import roster_of
from roomctl.sessions.states import SessionState


class Oracle:
    """Counts what it saw: `looks` at lines shown as proven, and `false` those that no reading bears out."""

    def __init__(self) -> None:
        self.looks = 0
        self.false: list[str] = []

    def look(self, session: tables.ConferenceSession) -> None:
        """Hold what a screen would show now against what is kept of the last readings."""
        shown = roster_of(session, now=clock.now())
        proven = [line for line in shown.lines if line.shown == "proven"]
        for line in proven:
            self.looks += 1
            why = self._against(line.leg_id)
            if why:
                self.false.append(f"leg {line.leg_id} ({line.room}): {why}")
        if shown.secure_now and (shown.state != SessionState.LIVE or len(proven) != shown.expected or session.stranger):
            self.false.append(f"session {session.id} is called secure with {len(proven)} of {shown.expected} proven")

    def _against(self, leg_id: int) -> str:
        """Return what speaks against a leg that is shown as proven; nothing when its last check bears it out at every end."""
        kept = db.session.scalars(db.select(tables.LegCheck.document).where(tables.LegCheck.leg_id == leg_id).order_by(tables.LegCheck.id.desc()))
        check = next((one for one in map(json.loads, map(trail.as_stored, kept)) if one["what"] == "check"), None)
        if check is None:
            return "it was never checked"
        seen = check["observed"]
        near = seen.get("mixes", [seen["codec"]])
        if check["verdict"] != "secure":
            return f"its last check says {check['verdict']}"
        if not near or any(one is None or one["encrypted"] != "yes" for one in near):
            return "its own end was not read as encrypted"
        if check["way"] != "host" and [one["encrypted"] for one in (seen["bridge"] or {"participants": []})["participants"]] != ["yes"]:
            return "the far end was not read as encrypted"
        return "another call was up" if seen["extra_calls"] else ""
