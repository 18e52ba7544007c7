"""What people do to a session: start it, go on without a room, try a room again, end it.

Each of these writes what is desired; the worker makes it so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from device_drivers.readings import Legacy
from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import pins
from roomctl.booking.availability import viewer_of
from roomctl.booking.early import hold_again, lock_for_another_start
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import Occurrence, occurrence_by_id, occurrence_for_update
from roomctl.booking.visibility import Busy, view
from roomctl.database import db, write_transaction
from roomctl.devices.tables import Device, codecs_of_rooms
from roomctl.duty import order_tables
from roomctl.duty.carrying_out import CLAIM_LASTS
from roomctl.errors import Conflict, NotAllowed, NotVisible, Refused
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import SecurityProfile
from roomctl.sessions import attest, laying, overriding, states, tables, ways
from roomctl.sessions.record import LINK_LEFT_OUT
from roomctl.sessions.states import LegEvent, LegState, SessionState

START_EARLY = timedelta(minutes=15)
OLD_SSH = "ssh_legacy_barred"


@dataclass(frozen=True, slots=True)
class Lead:
    """Who leads: the chair at a browser, or whoever stands at the host room's panel."""

    user: User | None = None
    panel_room_id: int | None = None

    @property
    def origin(self) -> str:
        return f"panel of room:{self.panel_room_id}" if self.panel_room_id else "browser"

    @property
    def actor(self) -> int | None:
        return self.user.id if self.user else None


def start_session(occurrence_id: int, *, lead: Lead, pin: str = "") -> int:
    """Start an occurrence's session and return its id; pressed twice, the running one's.

    At a panel the PIN is asked for, and the panel must be the host room's.  Raises NotVisible, NotAllowed, Throttled and
    Refused: wrong_pin, not_yet, conference_over, cancelled, host_room_not_granted, too_few_codecs (with the rooms that
    have none), ssh_legacy_barred (when that leaves fewer than two), no_line_protection, no_wired_microphones,
    no_room_inspection (when what is not attested leaves fewer than two and nobody may accept that), no_bridge,
    device_ordered, device_in_use.
    """
    occurrence = occurrence_by_id(occurrence_id)
    if occurrence is None:
        raise NotVisible
    require_lead(occurrence, lead, Action.START_SESSION)
    if lead.panel_room_id is not None:
        pins.check_pin(occurrence_id, pin, room_id=lead.panel_room_id)
    try:
        with write_transaction():
            lock_for_another_start(occurrence_id)
            occurrence = occurrence_for_update(occurrence_id)  # Before the question, so that whoever presses second finds the first one's.
            running = tables.running_session_of(occurrence_id)
            return running.id if running else _begin(occurrence, lead).id
    except IntegrityError as error:
        running = tables.running_session_of(occurrence_id)
        if running is not None:
            return running.id
        raise Conflict("device_in_use") from error


def require_lead(occurrence: Occurrence, lead: Lead, action: Action) -> None:
    """Raise unless `lead` may start or lead this occurrence's session: the host room's panel, or the chair."""
    conference = occurrence.conference
    if lead.panel_room_id is not None:
        if lead.panel_room_id not in {one.room_id for one in occurrence.reservations}:
            raise NotVisible
        if lead.panel_room_id != conference.host_room_id:
            raise NotAllowed(action=action, subject=occurrence.ref)
        return
    if lead.user is None or isinstance(view(occurrence.facts(), viewer_of(lead.user)), Busy):
        raise NotVisible
    access.require(lead.user, action, occurrence)


def _begin(occurrence: Occurrence, lead: Lead) -> tables.ConferenceSession:
    conference, now = occurrence.conference, clock.now()
    if occurrence.cancelled_at is not None:
        raise Refused("cancelled")
    if now < occurrence.planned_start_at - START_EARLY:
        raise Refused("not_yet", at=occurrence.planned_start_at - START_EARLY)
    if now >= occurrence.planned_end_at:
        raise Refused("conference_over")
    rooms = {one.room_id: one.room for one in occurrence.reservations if one.state == ReservationState.GRANTED}
    if conference.host_room_id not in rooms:
        raise Refused("host_room_not_granted")
    codecs = codecs_of_rooms(rooms)
    if len(codecs) < 2:
        raise Refused("too_few_codecs", rooms=sorted(room.name for room_id, room in rooms.items() if room_id not in codecs))
    barred = {room_id for room_id, codec in codecs.items() if _is_barred(codec, conference.profile)}
    if len(codecs) - len(barred) < 2:
        raise Refused(OLD_SSH, rooms=", ".join(sorted(rooms[room_id].name for room_id in barred)))
    lacking = attest.lacking({room_id: rooms[room_id] for room_id in codecs}, conference.profile, until=occurrence.planned_end_at)
    if len(set(codecs) - barred - set(lacking)) < 2 and lacking and not conference.profile.overridable:
        finding = min(lacking.values())
        raise Refused(finding, rooms=", ".join(sorted(rooms[room_id].name for room_id in lacking if lacking[room_id] == finding)))
    plan = laying.plan_now(occurrence, rooms, codecs, unusable=barred | set(lacking), now=now)
    bridge_id, address = laying.mixer_of(plan, codecs.get(conference.host_room_id))
    number = len(tables.sessions_of(occurrence.id)) + 1
    session = tables.ConferenceSession(
        occurrence_id=occurrence.id, number=number, profile_id=conference.profile_id, host_room_id=conference.host_room_id,
        bridge_id=bridge_id, bridge_address=address, topology=plan.topology, state=SessionState.PREPARING, started_at=now,
        started_by=lead.actor, started_from_room_id=lead.panel_room_id)
    db.session.add(session)
    db.session.flush()
    for leg in laying.legs_of(plan, session, codecs, now):
        room_id = leg.room_id
        if room_id in barred:  # It waits for the chair's decision like a leg that failed.
            leg.state, leg.finding = LegState.HUNG_UP, OLD_SSH
        elif room_id in lacking:
            leg.state, leg.finding, leg.lacks = LegState.HUNG_UP, lacking[room_id], lacking[room_id]
        db.session.add(leg)
    _not_in_other_hands(codecs.values(), now)
    for device_id in sorted(codec.id for codec in codecs.values()):  # In one order for everybody: two starts queue instead of deadlocking.
        db.session.add(tables.DeviceLease(device_id=device_id, session_id=session.id))
    hold_again(occurrence)
    if occurrence.actual_start_at is None:
        occurrence.actual_start_at = now
    occurrence.actual_end_at = None
    trail.append(EventKind.SESSION_STARTED, actor=lead.actor, origin=lead.origin, subject=session.ref, unit=conference.unit_id,
                 classification=conference.classification, occurrence=occurrence.id, number=number, profile=session.profile_id,
                 bridge=bridge_id, address=address, topology=plan.topology,
                 bridges=[{"bridge": part.bridge_id, "address": part.address, "ports": part.ports} for part in plan.parts],
                 rooms=sorted(codecs), without_codec=sorted(set(rooms) - set(codecs)),
                 lacking={str(room_id): lacking[room_id] for room_id in sorted(lacking)})
    db.session.flush()
    return session


def _is_barred(codec: Device, profile: SecurityProfile) -> bool:
    """True of a codec that may use SHA-1 on its control line, for what is classified."""
    return codec.ssh_legacy != Legacy.NONE and Classification(profile.classification).is_classified


def _not_in_other_hands(codecs: Iterable[Device], now: datetime) -> None:
    """Raise Conflict("device_ordered") while an order is about to change one of the codecs; from now on none takes them."""
    order_tables.lock_use_of_devices()
    by_id = {codec.id: codec for codec in codecs}
    claimed = order_tables.claimed_device_ids(by_id, now - CLAIM_LASTS)
    if claimed:
        raise Conflict("device_ordered", devices=", ".join(sorted(by_id[device_id].name for device_id in claimed)))


def end_session(session_id: int, *, lead: Lead) -> None:
    """Ask for the end: every leg is hung up and seen to be gone, and former settings are restored."""
    with write_transaction():
        session = led_session(session_id, lead)
        if session.state in (SessionState.ENDING, SessionState.ENDED, SessionState.FAILED):
            return
        session.state, session.end_asked_at = SessionState.ENDING, clock.now()
        session.version += 1
        trail.append(EventKind.SESSION_END_ASKED, actor=lead.actor, origin=lead.origin, subject=session.ref)


def go_on_without(session_id: int, leg_id: int, *, lead: Lead) -> None:
    """Leave out a leg that could not be proven, so that the others may begin."""
    with write_transaction():
        session, leg = _decided(session_id, leg_id, LegEvent.LEFT_OUT, lead)
        leg.wanted = False
        if leg.kind == tables.LegKind.LINK:
            _leave_out_below(session, leg)
        overriding.end(session, leg, "left_out", clock.now())
        trail.append(EventKind.LEG_LEFT_OUT, actor=lead.actor, origin=lead.origin, subject=session.ref, leg=leg.id, room=leg.room_id,
                     finding=leg.finding)


def _leave_out_below(session: tables.ConferenceSession, link: tables.Leg) -> None:
    """Let the rooms go that only this link joins to the others: they would hear nobody but each other."""
    for leg in session.legs:
        if leg.bridge_address != link.own_address or leg.state == LegState.LEFT_OUT:
            continue
        leg.wanted, leg.finding, leg.finding_detail = False, LINK_LEFT_OUT, link.name[:300]
        if leg.state in (LegState.HUNG_UP, LegState.WAITING):
            leg.state, leg.since = LegState.LEFT_OUT, clock.now()


def retry_leg(session_id: int, leg_id: int, *, lead: Lead) -> None:
    """Try a leg again that was hung up or left out; one that was left out needs a port of the bridge again, or Refused("no_bridge").

    One whose codec may not be used for what is classified stays as it is, with the finding that says so; and so does one
    whose room still lacks an attestation, unless a second person has accepted that.
    """
    with write_transaction():
        session = led_session(session_id, lead)
        if any(leg.id == leg_id and _is_barred(leg.device, session.profile) for leg in session.legs):
            return
        if any(leg.id == leg_id and _still_lacks(session, leg) for leg in session.legs):
            return
        session, leg = _decided(session_id, leg_id, LegEvent.RETRIED, lead)
        if session.topology not in ways.BY_THE_HOSTS_CODEC:
            tables.lock_bridge(leg.bridge_id)
            if tables.busy_bridge_ports(leg.bridge_id) > leg.bridge.ports:
                raise Refused("no_bridge")
        leg.wanted, leg.dials, leg.prepared_at, leg.call_id = True, 0, None, None
        leg.finding = leg.finding_detail = ""
        trail.append(EventKind.LEG_RETRIED, actor=lead.actor, origin=lead.origin, subject=session.ref, leg=leg.id, room=leg.room_id)


def _still_lacks(session: tables.ConferenceSession, leg: tables.Leg) -> bool:
    """Look again for what a leg's room had no attestation of; True when it may not be dialled for want of it."""
    if not leg.lacks:
        return False
    leg.lacks = attest.lacking({leg.room_id: leg.room}, session.profile, until=session.occurrence.planned_end_at).get(leg.room_id, "")
    return bool(leg.lacks) and not overriding.stands(leg)


def _decided(session_id: int, leg_id: int, event: LegEvent, lead: Lead) -> tuple[tables.ConferenceSession, tables.Leg]:
    """Move a leg by a person's decision; raise Conflict("leg_moved_on") when it is no longer where the screen showed it."""
    session = led_session(session_id, lead)
    leg = next((one for one in session.legs if one.id == leg_id), None)
    if leg is None or session.state not in states.RUNNING or session.state == SessionState.ENDING:
        raise NotVisible
    try:
        leg.state = states.move(states.LegState(leg.state), event)
    except states.IllegalMove as error:
        raise Conflict("leg_moved_on", state=leg.state) from error
    leg.since = clock.now()
    session.version += 1
    return session, leg


def led_session(session_id: int, lead: Lead) -> tables.ConferenceSession:
    """Lock a session and return it for who leads it; raise NotVisible or NotAllowed.  Inside the caller's transaction."""
    session = tables.session_for_update(session_id)
    if session is None:
        raise NotVisible
    require_lead(session.occurrence, lead, Action.LEAD_SESSION)
    return session
