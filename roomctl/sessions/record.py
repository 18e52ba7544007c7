"""What a step's outcome means for its leg and its session, written inside the engine's transaction.

Nothing here speaks to a device; the engine does, and hands in what it was told.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from device_drivers.readings import CallState, Grade
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.early import free_the_rest
from roomctl.database import db
from roomctl.devices.storing import note_served
from roomctl.notices.wording import NoticeKind
from roomctl.security_profiles.profile import OnDrift, Profile
from roomctl.sessions import evidence, kept_readings, overridable, overriding, plan, states, tables, verdict, ways, wishes
from roomctl.sessions.observe import Outcome
from roomctl.sessions.override_tables import Override
from roomctl.sessions.plan import Step
from roomctl.sessions.states import LegEvent, LegState, SessionState
from roomctl.sessions.tell_officers import tell_officers
from roomctl.sessions.verdict import Verdict

QUICK = timedelta(seconds=1)  # When the last reading failed, the next is tried soon.
# Errors that waiting does not mend: a person must decide or mend.
FINAL = {"host_key_changed", "host_key_unknown", "login_refused", "already_in_call", "not_registered", "cannot_encrypt",
         "setting_not_taken", "command_refused", "ssh_too_old", "session_table_full"}
LINK_LEFT_OUT = "link_left_out"  # Of a room that only a call between bridges, which was left out, joins to the others.
DROPPED_BY_CHAIR = "dropped_by_chair"
UNTROUBLED = frozenset({"", "dropped"})  # Of a leg that is (again) to be dialled: nothing has failed since.
DECIDED = frozenset({LINK_LEFT_OUT, DROPPED_BY_CHAIR})  # Whoever is hung up for these is left out: nobody needs to be asked again.
_ON_THE_CALL = {*states.MAY_TAKE_PART, LegState.NOT_PROVEN}


def facts_of(session: tables.ConferenceSession, leg: tables.Leg, tried: Collection[Step] = (), wishes: Collection[Step] = ()) -> plan.LegFacts:
    others = ways.callers(session) if ways.is_called(session, leg) else ()
    host = ways.called_leg(session)
    return plan.LegFacts(
        state=LegState(leg.state), wanted=leg.wanted, session_ending=session.state == SessionState.ENDING,
        former_setting=leg.former_setting, prepared=leg.prepared_at is not None, call_id=leg.call_id, dials=leg.dials,
        since=leg.since, troubled=leg.finding not in UNTROUBLED, check_due_at=leg.check_due_at,
        restored=leg.restored_at is not None or leg.restore_failed,
        ending_since=session.end_asked_at, interval=session.interval, tried=tried, restores=leg.kind == tables.LegKind.ROOM,
        is_called=leg is host, may_dial=host is None or (host.prepared_at is not None and host.state in states.CALL_MAY_BE_UP),
        is_awaited=any(one.state == LegState.DIALLING for one in others), wishes=wishes)


def shown_of(session: tables.ConferenceSession) -> tuple:
    """Everything a screen shows; the version rises when it differs."""
    return (session.state, session.verdict, session.stranger, session.locked,
            tuple((leg.state, leg.wanted, leg.verdict, leg.finding, leg.finding_detail, leg.checked_at, leg.muted, leg.mute_read_at)
                  for leg in session.legs))


def move_leg(leg: tables.Leg, event: LegEvent, now: datetime) -> None:
    """Move a leg.  A call that was up in a live session and went before anybody had read it leaves the session not proven."""
    state = states.move(LegState(leg.state), event)
    if state == leg.state:
        return
    unread = leg.state == LegState.CONNECTED and event not in (LegEvent.CHECK_PASSED, LegEvent.ACCEPTED)
    leg.state, leg.since = state, now
    if unread:
        _note_unread(leg)


def _was_ringing(leg: tables.Leg) -> bool:
    """True when the call of a leg's last dial was never seen answered."""
    return leg.connected_at is None or (leg.intent_at is not None and leg.connected_at < leg.intent_at)


def _note_unread(leg: tables.Leg) -> None:
    """A call was up that nobody has read: of a session that was live by then it is not known whether all was encrypted."""
    if leg.session.live_at is not None:
        leg.verdict = verdict.worst([Verdict(leg.verdict), Verdict.NOT_PROVEN])
        _worsen(leg.session, Verdict(leg.verdict))


def _fail(session: tables.ConferenceSession, leg: tables.Leg, event: LegEvent, finding: str, detail: str, now: datetime) -> None:
    """Note why a leg cannot go on."""
    move_leg(leg, event, now)
    leg.wanted, leg.finding, leg.finding_detail = False, finding, detail[:300]
    trail.append(EventKind.LEG_NOT_PROVEN, subject=session.ref, outcome="failed", leg=leg.id, room=leg.room_id, finding=finding,
                 detail=detail[:300])


def give_up(session: tables.ConferenceSession, leg: tables.Leg, now: datetime) -> None:
    state = LegState(leg.state)
    if session.state == SessionState.ENDING:
        if state in states.CALL_MAY_BE_UP:
            move_leg(leg, LegEvent.ABANDONED, now)
            leg.finding = "hang_up_not_confirmed"
            trail.append(EventKind.LEG_HUNG_UP, subject=session.ref, outcome="failed", leg=leg.id, room=leg.room_id, finding=leg.finding)
        else:
            leg.restore_failed = True
            trail.append(EventKind.SETTINGS_NOT_RESTORED, subject=session.ref, outcome="failed", leg=leg.id, room=leg.room_id,
                         former=leg.former_setting)
    elif state is LegState.DIALLING:
        _fail(session, leg, LegEvent.CHECK_FAILED, leg.finding or "not_answered", leg.finding_detail, now)
    elif state in (LegState.WAITING, LegState.DROPPED):
        _fail(session, leg, LegEvent.FAILED, leg.finding or "dropped", leg.finding_detail, now)
    elif state in states.CALL_MAY_BE_UP:
        move_leg(leg, LegEvent.ABANDONED, now)


def apply(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, profile: Profile, now: datetime,
           digests: list[str]) -> None:
    """Record one step's outcome, unless a person has moved the leg on in the meantime."""
    if leg.finding in DECIDED and not leg.wanted and outcome.step not in (Step.HANG_UP, Step.RESTORE):
        return  # What was read meanwhile is of a leg that is on its way out.
    match outcome.step:
        case Step.LOOK | Step.SECURE:
            kept_readings.keep_look(session, leg, outcome, now, digests)
            _applied_preparation(session, leg, outcome, now)
        case Step.DIAL | Step.FIND | Step.FOLLOW | Step.ANSWER:
            _applied_dialling(session, leg, outcome, now)
        case Step.CHECK:
            _applied_check(session, leg, outcome, profile, now, digests)
            wishes.applied(session, leg, outcome, now)
        case Step.MUTE | Step.MESSAGE | Step.LOCK:
            wishes.applied(session, leg, outcome, now)
        case Step.HANG_UP if outcome.gone and leg.state in states.CALL_MAY_BE_UP:
            if outcome.call is not None and leg.state not in states.MAY_TAKE_PART and _was_ringing(leg):
                _note_unread(leg)  # It was answered since the last look.
            move_leg(leg, LegEvent.SEEN_GONE, now)
            if leg.finding in DECIDED:
                move_leg(leg, LegEvent.LEFT_OUT, now)
            _close_gap(leg, now)
            trail.append(EventKind.LEG_HUNG_UP, subject=session.ref, leg=leg.id, room=leg.room_id, how=outcome.error or "by_the_codec",
                         finding=leg.finding)
        case Step.HANG_UP:
            leg.finding = leg.finding or outcome.error
        case Step.RESTORE if not outcome.error:
            leg.restored_at = now
            trail.append(EventKind.SETTINGS_RESTORED, subject=session.ref, leg=leg.id, room=leg.room_id, setting=outcome.detail)


def _applied_preparation(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, now: datetime) -> None:
    if leg.state != LegState.WAITING:
        return
    told = outcome.step is Step.SECURE or outcome.status is not None
    in_the_clear = bool(outcome.error) and told and overriding.prepares_in_the_clear(leg, outcome.error)
    if outcome.error and not in_the_clear:
        if leg.finding in UNTROUBLED and outcome.began_at is not None:
            leg.since = max(leg.since, outcome.began_at)  # How long it waited for its turn before is not held against it.
        leg.finding, leg.finding_detail = outcome.error, outcome.detail[:300]
        if outcome.error in FINAL:
            _fail(session, leg, LegEvent.FAILED, outcome.error, outcome.detail, now)
        return
    leg.finding = leg.finding_detail = ""
    if leg.kind != tables.LegKind.ROOM:
        leg.prepared_at = now
    elif outcome.step is Step.LOOK:
        leg.former_setting = outcome.setting  # Stored before the first change.
        leg.device.simulated = outcome.status.identity.simulated
        leg.device.model, leg.device.firmware = outcome.status.identity.model, outcome.status.identity.firmware
        leg.device.serial = outcome.status.identity.serial
    else:
        leg.prepared_at = now


def _applied_dialling(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, now: datetime) -> None:
    if leg.state != LegState.DIALLING:
        return
    if outcome.error in ("already_in_call", "command_refused", "unsafe_value"):
        _fail(session, leg, LegEvent.CHECK_FAILED, outcome.error, outcome.detail, now)
    elif outcome.error:
        leg.finding, leg.finding_detail = outcome.error, outcome.detail[:300]  # Maybe sent: the next step looks for the call.
    elif outcome.step in (Step.FOLLOW, Step.ANSWER):
        if outcome.call is None and outcome.step is Step.ANSWER:
            leg.finding = leg.finding_detail = ""  # Nobody has called yet.
        elif outcome.call is None:
            _fail(session, leg, LegEvent.CHECK_FAILED, "call_vanished", "", now)
        elif outcome.call.state in (CallState.CONNECTED, CallState.ON_HOLD):
            move_leg(leg, LegEvent.ANSWERED, now)
            leg.connected_at, leg.check_due_at = now, None
            leg.finding = leg.finding_detail = ""
            trail.append(EventKind.LEG_CONNECTED, subject=session.ref, leg=leg.id, room=leg.room_id)
        elif now - leg.since > plan.ANSWER_WITHIN:
            _fail(session, leg, LegEvent.CHECK_FAILED, "not_answered", "", now)
        else:
            leg.finding = leg.finding_detail = ""
    elif outcome.call_id is not None:
        leg.call_id = outcome.call_id
    elif leg.intent_at is not None and now - leg.intent_at > plan.LOOK_FOR_CALL:
        move_leg(leg, LegEvent.NEVER_DIALLED, now)


def _applied_check(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, profile: Profile, now: datetime,
                   digests: list[str]) -> None:
    if leg.state not in (LegState.CONNECTED, *_ON_THE_CALL) or session.state == SessionState.ENDING:
        return
    waited = now - leg.since
    if outcome.error:
        _not_readable(session, leg, outcome, profile, now)
        return
    note_served(leg.device, now)
    if outcome.call is None:
        move_leg(leg, LegEvent.CALL_GONE, now)
        leg.verdict, leg.finding = Verdict.NOT_PROVEN, "dropped"
        _close_gap(leg, now)
        trail.append(EventKind.LEG_DROPPED, subject=session.ref, leg=leg.id, room=leg.room_id)
        return
    judged = _judged(session, leg, outcome, profile)
    no_media_yet = outcome.reading is None or outcome.reading.grade is Grade.NONE
    if leg.state == LegState.CONNECTED and waited < plan.MEDIA_WITHIN and (no_media_yet or judged.verdict is Verdict.NOT_PROVEN):
        return  # The media are still being set up, at this end or the other; the next reading says more.
    if leg.lacks and judged.verdict is Verdict.SECURE:  # What its room has no attestation for, no reading makes good.
        judged = verdict.Judgement(Verdict.NOT_PROVEN, judged.grade, leg.lacks)
    kept_readings.keep_check(session, leg, outcome, profile, judged, now, digests)
    leg.verdict, leg.grade, leg.finding, leg.finding_detail = judged.verdict, judged.grade, judged.finding, judged.detail[:300]
    leg.suite = (outcome.reading.suite or "") if outcome.reading else ""
    if (judged.verdict is not Verdict.SECURE or leg.state == LegState.OVERRIDDEN) and overriding.stands(leg):
        told = overridable.unmasked(judged, unknown_call=outcome.extra_calls[0].remote if outcome.extra_calls else "",
                                    bridge_read=outcome.bridge is not None or not ways.has_far_end(session, leg))
        accepted = overriding.covering(leg, told)
        if accepted is not None:
            _accept(session, leg, accepted, told, profile, now)
        else:
            _outgrown(session, leg, told, profile, now)
        return
    if judged.verdict is Verdict.SECURE and leg.state != LegState.OVERRIDDEN:
        if leg.state != LegState.PROVEN:
            overriding.end(session, leg, "proven", now)
            trail.append(EventKind.LEG_PROVEN, subject=session.ref, leg=leg.id, room=leg.room_id, grade=judged.grade, suite=leg.suite)
        _note_absence(session, leg, profile, now)
        move_leg(leg, LegEvent.CHECK_PASSED, now)
        _close_gap(leg, now)
        leg.checked_at, leg.check_due_at = now, now + timedelta(seconds=profile.check_interval_s)
        return
    _drifted(session, leg, judged.finding, judged.detail, profile, now)


def _judged(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, profile: Profile) -> verdict.Judgement:
    if leg.kind == tables.LegKind.GUEST:
        return verdict.judge_guest(profile, outcome.reading)
    if leg.kind == tables.LegKind.LINK:
        return verdict.judge_link(profile, outcome.reading, far=outcome.bridge, own_address=leg.own_address)
    if ways.is_called(session, leg):
        return verdict.judge_host(profile, outcome.host_readings, strangers=[call.remote for call in outcome.extra_calls])
    return verdict.judge(profile, outcome.reading, extra_calls=outcome.extra_calls, bridge=outcome.bridge, own_address=leg.own_address)


def _outgrown(session: tables.ConferenceSession, leg: tables.Leg, judged: verdict.Judgement, profile: Profile, now: datetime) -> None:
    """A leg is worse than what was accepted of it; only while the bridge cannot be read does the override outlive that."""
    if judged.finding != "bridge_not_read":
        overriding.end_granted(session, leg, "worse", now)
    leg.verdict, leg.finding, leg.finding_detail = judged.verdict, judged.finding, judged.detail[:300]
    _drifted(session, leg, judged.finding, judged.detail, profile, now)


def _accept(session: tables.ConferenceSession, leg: tables.Leg, override: Override, judged: verdict.Judgement, profile: Profile,
            now: datetime) -> None:
    """Let a leg take part under an override: whatever was read back, it is not proven, and it never looks so."""
    if leg.state != LegState.OVERRIDDEN:
        trail.append(EventKind.LEG_OVERRIDDEN, subject=session.ref, leg=leg.id, room=leg.room_id, override=override.id,
                     verdict=judged.verdict, finding=judged.finding, detail=judged.detail[:300])
    _note_absence(session, leg, profile, now)
    move_leg(leg, LegEvent.ACCEPTED, now)
    _close_gap(leg, now)
    leg.verdict, leg.finding = overridable.shown_verdict(judged), judged.finding or override.finding
    leg.checked_at, leg.check_due_at = now, now + timedelta(seconds=profile.check_interval_s)
    override.used_at = override.used_at or now


def _not_readable(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, profile: Profile, now: datetime) -> None:
    """A check that could not be made: at once not proven, a gap when the session is live, and given up after two intervals."""
    leg.check_due_at = now + QUICK
    interval = timedelta(seconds=profile.check_interval_s)
    if leg.state == LegState.CONNECTED and now - leg.since < plan.MEDIA_WITHIN:
        return
    if leg.state in states.MAY_TAKE_PART and session.live_at is not None and tables.open_gap(leg.id) is None:
        _write_gap(session, leg, min(leg.checked_at or now, now), None, outcome.error)
        _worsen(session, Verdict.NOT_PROVEN)
    if leg.state != LegState.NOT_PROVEN:
        move_leg(leg, LegEvent.CHECK_FAILED, now)
    leg.verdict, leg.finding, leg.finding_detail = Verdict.NOT_PROVEN, outcome.error, outcome.detail[:300]
    if now - leg.since > 2 * interval:
        _drifted(session, leg, outcome.error, outcome.detail, profile, now)


def _drifted(session: tables.ConferenceSession, leg: tables.Leg, finding: str, detail: str, profile: Profile, now: datetime) -> None:
    """Act on a leg that is not as the profile demands: before the session is live it always goes."""
    leg.check_due_at = now + timedelta(seconds=profile.check_interval_s)
    if session.live_at is not None:
        _worsen(session, Verdict(leg.verdict))  # Here, not when the session is settled: a drift may end it at once.
    if session.live_at is not None and profile.on_drift is OnDrift.ALARM:
        if leg.state != LegState.NOT_PROVEN:
            trail.append(EventKind.LEG_NOT_PROVEN, subject=session.ref, outcome="failed", leg=leg.id, room=leg.room_id, finding=finding,
                         detail=detail[:300])
        move_leg(leg, LegEvent.CHECK_FAILED, now)
        return
    _fail(session, leg, LegEvent.CHECK_FAILED, finding, detail, now)
    if session.live_at is not None and profile.on_drift is OnDrift.END and session.state == SessionState.LIVE:
        session.state, session.end_asked_at = SessionState.ENDING, now
        trail.append(EventKind.SESSION_END_ASKED, subject=session.ref, reason="drift", leg=leg.id)


def _close_gap(leg: tables.Leg, now: datetime) -> None:
    gap = tables.open_gap(leg.id) if leg.session.live_at is not None else None  # Before, nothing was to be watched.
    if gap is not None:
        gap.ended_at = now


def settle(session: tables.ConferenceSession, now: datetime) -> bool:
    """Draw the session's own state and verdict from its legs; return True when it has just ended."""
    legs = [LegState(leg.state) for leg in session.legs]
    if session.state == SessionState.ENDING:
        if any(state in states.CALL_MAY_BE_UP for state in legs) or any(_owes_restoring(leg) for leg in session.legs):
            return False
        _finish(session, now)
        return True
    was = session.state
    # A room whose link to the others was left out is on its way out, whatever its call still is.
    legs = [LegState.LEFT_OUT if leg.finding in DECIDED and not leg.wanted else LegState(leg.state) for leg in session.legs]
    session.state = states.session_state(SessionState(was), legs, stranger_on_bridge=bool(session.stranger))
    if session.state == SessionState.LIVE:
        present = [overridable.verdict_of(LegState(leg.state), Verdict(leg.verdict)) for leg in session.legs if leg.state in _ON_THE_CALL]
        current = Verdict.NOT_SECURE if session.stranger else verdict.worst(present)
        if was != SessionState.LIVE:
            session.live_at, session.verdict = now, current
            trail.append(EventKind.SESSION_LIVE, subject=session.ref, verdict=current,
                         proven=[leg.room_id for leg in session.legs if leg.state == LegState.PROVEN and leg.wanted],
                         overridden=[leg.room_id for leg in session.legs if leg.state == LegState.OVERRIDDEN])
            if current is not Verdict.SECURE:
                tell_officers(NoticeKind.SESSION_NOT_SECURE, session, also=[session.occurrence.leader_id])
        else:
            _worsen(session, current)
    return False


def _worsen(session: tables.ConferenceSession, current: Verdict) -> None:
    """Let a live session's verdict fall to `current`, and tell the officers; it never rises: what was said in the clear was said."""
    worse = verdict.worst([Verdict(session.verdict), current])
    if worse == session.verdict:
        return
    session.verdict = worse
    tell_officers(NoticeKind.SESSION_NOT_SECURE, session, also=[session.occurrence.leader_id])


def note_stranger(session: tables.ConferenceSession, remotes: Collection[str], *, at: str) -> None:
    """Note who is on the bridge at this address and belongs to no leg, and tell the officers and the chair when that is news.

    Of several bridges, only the one where the stranger was seen can say that they have gone; until then another bridge adds
    nothing: the session is not secure already, and each of its readings would be told as news.
    """
    if session.stranger and session.stranger_at != at:
        return
    seen = next(iter(sorted(remotes)), "")[:200]
    if seen and session.stranger not in remotes:
        trail.append(EventKind.STRANGER_SEEN, subject=session.ref, outcome="failed", remotes=sorted(remotes)[:20])
        tell_officers(NoticeKind.STRANGER_ON_BRIDGE, session, also=[session.occurrence.leader_id])
        if session.live_at is not None:
            _worsen(session, Verdict.NOT_SECURE)
    session.stranger = session.stranger if session.stranger in remotes else seen
    session.stranger_at = at if session.stranger else ""


def _note_absence(session: tables.ConferenceSession, leg: tables.Leg, profile: Profile, now: datetime) -> None:
    """Write a gap where a live leg went unread too long, though nothing reported an error: the worker was away, or an answer crept in."""
    interval = timedelta(seconds=profile.check_interval_s)
    if leg.state not in states.MAY_TAKE_PART or session.live_at is None or verdict.still_fresh(leg.checked_at, now=now, interval=interval):
        return
    begun = leg.checked_at or now
    if begun > now:  # The clock has stepped back: how long nobody read, nobody knows.
        _write_gap(session, leg, now, now, "clock_stepped", last_read=trail.iso(begun))
    else:
        _write_gap(session, leg, begun, now, "not_watched")
    _worsen(session, Verdict.NOT_PROVEN)


def _write_gap(session: tables.ConferenceSession, leg: tables.Leg, begun: datetime, ended: datetime | None, reason: str, **facts: str) -> None:
    """Write a gap; of a leg's first one in a session the officers are told."""
    if not tables.has_gap(leg.id):
        tell_officers(NoticeKind.SESSION_GAP, session, room_id=leg.room_id, reason=reason)
    db.session.add(tables.Gap(session_id=session.id, leg_id=leg.id, begun_at=begun, ended_at=ended, reason=reason))
    trail.append(EventKind.GAP, subject=session.ref, outcome="failed", leg=leg.id, room=leg.room_id, reason=reason, **facts)


def _owes_restoring(leg: tables.Leg) -> bool:
    return leg.kind == tables.LegKind.ROOM and leg.former_setting is not None and leg.restored_at is None and not leg.restore_failed


def _finish(session: tables.ConferenceSession, now: datetime) -> None:
    session.state = SessionState.ENDED if session.live_at is not None else SessionState.FAILED
    session.ended_at = now
    session.occurrence.actual_end_at = now
    if session.live_at is not None:
        free_the_rest(session.occurrence, now)
    for row in db.session.scalars(tables.leases_of(session.id)):
        db.session.delete(row)
    overriding.end_all(session, now)
    trail.append(EventKind.SESSION_ENDED, subject=session.ref, verdict=session.verdict, state=session.state)
    evidence.seal(session, now)

