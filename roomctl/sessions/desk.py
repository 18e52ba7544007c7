"""What a chair's screen says of a running session beside its roster: the lock, the floor, the turn, the messages, the roll."""

from dataclasses import dataclass
from datetime import datetime

from roomctl import clock
from roomctl.errors import NotVisible
from roomctl.organisation.roles import Action
from roomctl.sessions import chair, chair_messages, chair_tables, floor, join, tables, verdict
from roomctl.sessions.chair_tables import Delivery, RollCall, RollMark, SessionMessage
from roomctl.sessions.control import Lead, require_lead
from roomctl.sessions.roster import Line, Roster, not_joined_first, roster_of
from roomctl.sessions.states import SessionState


@dataclass(frozen=True, slots=True)
class Desk:
    """A session as its chair sees it.

    `lock` is "" while nobody asked for one, otherwise locked, locking, open, opening or unknown: as read back, never as asked.
    """

    session: tables.ConferenceSession
    roster: Roster
    now: datetime
    lock: str
    may_lock: bool
    only_phrases: bool

    @property
    def is_running(self) -> bool:
        return self.session.ended_at is None and self.roster.state != SessionState.ENDING

    @property
    def lines(self) -> tuple[Line, ...]:
        return not_joined_first(self.roster)

    @property
    def speaking(self) -> Line | None:
        """Who has the floor."""
        return next((line for line in self.roster.lines if line.has_floor), None)

    @property
    def following(self) -> Line | None:
        """Who has it next."""
        following = floor.next_in_order(self.session)
        return next((line for line in self.roster.lines if line.leg_id == following), None)

    @property
    def muted(self) -> tuple[int, int]:
        """How many of the rooms that are to be muted were read so, and how many are to be."""
        wanted = {leg.id for leg in self.session.legs if leg.mute_wanted}
        on_call = [line for line in self.roster.lines if line.leg_id in wanted and line.microphones]
        return sum(line.microphones == "muted" for line in on_call), len(on_call)

    @property
    def deaf(self) -> list[str]:
        """Who cannot show a message."""
        return [leg.shown_name for leg in chair_messages.deaf_to_messages(self.session)]

    @property
    def messages(self) -> list[tuple[SessionMessage, list[Delivery]]]:
        return chair_tables.messages_of(self.session.id)

    @property
    def rolls(self) -> list[tuple[RollCall, list[RollMark]]]:
        return chair_tables.roll_calls_of(self.session.id)

    @property
    def in_turn(self) -> list[Line]:
        """Return the rooms in the speaking order, or in the one that is proposed while there is none, then those that are in none."""
        order = self.session.speaking_order or chair.proposed_order(self.session)
        place = {leg_id: number for number, leg_id in enumerate(order)}
        rooms = [line for line in self.roster.lines if line.kind == tables.LegKind.ROOM and line.shown != "left_out"]
        return sorted(rooms, key=lambda line: place.get(line.leg_id, len(place)))

    @property
    def why_no_guest(self) -> str:
        return join.why_no_guest(self.session)

    @property
    def key(self) -> str:
        """Return what the buttons depend on; when it changes, the page is drawn anew."""
        return f"{self.session.id}:{self.is_running:d}:{self.session.all_muted:d}:{self.session.lock_wanted}:{self.session.floor_leg_id or ''}"

    @property
    def by_leg(self) -> dict[int, Line]:
        return {line.leg_id: line for line in self.roster.lines}

    def line(self, leg_id: int) -> Line:
        """Return one leg's line; raise NotVisible for one of another session."""
        found = self.by_leg.get(leg_id)
        if found is None:
            raise NotVisible
        return found


def desk_of(session_id: int, *, lead: Lead) -> Desk:
    """Return what who leads a session sees of it; raise NotVisible or NotAllowed for anybody else."""
    session = tables.session_by_id(session_id)
    if session is None:
        raise NotVisible
    require_lead(session.occurrence, lead, Action.LEAD_SESSION)
    now = clock.now()
    return Desk(session=session, roster=roster_of(session, now=now), now=now, lock=_lock(session, now), may_lock=chair.can_lock(session),
                only_phrases=chair_messages.only_phrases(session))


def _lock(session: tables.ConferenceSession, now: datetime) -> str:
    if session.lock_wanted is None:
        return ""
    if session.locked not in ("yes", "no") or not verdict.still_fresh(session.lock_read_at, now=now, interval=session.interval):
        return "unknown"
    if session.locked == "yes":
        return "locked" if session.lock_wanted else "opening"
    return "locking" if session.lock_wanted else "open"
