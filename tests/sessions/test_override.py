"""Asking for an override, deciding as a second person, and what the engine makes of it."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from builders import Place, a_person, a_profile, a_room, fresh, hash_quickly
from sqlalchemy import select, text
from studio import leg_of

from roomctl import clock
from roomctl.booking import pins
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.sessions import control, evidence, override, override_tables, plan, record, tables
from roomctl.sessions.control import Lead
from roomctl.sessions.override import ask_override, decide_override
from roomctl.sessions.roster import roster_of
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span

WHY = "Họp khẩn"


def trail_of(session_id: int) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries WHERE subject = :ref AND kind LIKE 'override%' ORDER BY id"),
                                   {"ref": f"session:{session_id}"}))


def told(kind: str) -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(select(Notice.user_id).where(Notice.kind == kind)))


class Stage:
    """Two rooms of the centre with codecs, a bridge, and a session whose second leg was found bad.  No device, no worker."""

    def __init__(self, *, finding: str = "call_clear", verdict: Verdict = Verdict.NOT_SECURE, **profile) -> None:
        self.place = Place()
        self.rooms = [a_room(self.place.centre) for _ in range(2)]
        common = {"unit": self.place.centre, "username": "roomctl", "password": "geheim"}
        for room in self.rooms:
            inventory.add_device(kind="codec", family="cisco_roomos", room=room, name=room.code, host="192.0.2.1", port=room.id, **common)
        bridge = inventory.add_device(kind="bridge", family="simulated_bridge", room=None, name="bridge", host="192.0.2.2", port=22,
                                      pool=["7001@bridge.example"], ports=10, **common)
        inventory.note_host_key(bridge.id, fingerprint="SHA256:1", algorithm="ssh-ed25519")
        inventory.pin_host_key(bridge.id, "SHA256:1", by=None)
        start = clock.now() + timedelta(minutes=5)
        conference_id = self.place.book(room_ids=tuple(room.id for room in self.rooms), host_room_id=self.rooms[0].id,
                                        span=Span(start, start + timedelta(hours=1)), profile_id=a_profile(**profile).id)
        self.occurrence_id = conference_by_id(conference_id).occurrences[0].id
        self.session_id = control.start_session(self.occurrence_id, lead=self.lead)
        self.leg_id = tables.session_by_id(self.session_id).legs[1].id
        self.put(state=LegState.HUNG_UP, finding=finding, verdict=verdict, wanted=False)

    @property
    def lead(self) -> Lead:
        return Lead(user=self.place.chair)

    def put(self, **facts) -> None:
        with write_transaction():
            tables.session_for_update(self.session_id)
            leg = db.session.get_one(tables.Leg, self.leg_id)
            for name, value in facts.items():
                setattr(leg, name, value)

    def leg(self) -> tables.Leg:
        return fresh(db.session.get_one(tables.Leg, self.leg_id))

    def ask(self, lead: Lead | None = None) -> int:
        return ask_override(self.session_id, self.leg_id, reason=WHY, lead=lead or self.lead)

    def override(self) -> override_tables.Override:
        return fresh(override_tables.overrides_of(self.session_id)[-1])


@pytest.fixture
def stage(app_on, set_clock) -> Stage:
    return Stage()


def test_the_chair_asks_and_the_officers_are_told_at_once(stage):
    override_id = stage.ask()

    asked = override_tables.override_by_id(override_id)
    assert (asked.finding, asked.accepts, asked.reason, asked.asked_by) == ("call_clear", Verdict.NOT_SECURE, WHY, stage.place.chair.id)
    assert told("override_asked") == {stage.place.officer.id}
    assert trail_of(stage.session_id) == ["override_asked"]


def test_asked_twice_it_is_one_request(stage):
    assert stage.ask() == stage.ask()
    assert trail_of(stage.session_id) == ["override_asked"]


@pytest.mark.parametrize("reason", ["", "   ", "\u200b"])
def test_without_a_reason_nothing_is_asked(stage, reason):
    with pytest.raises(InvalidInput):
        ask_override(stage.session_id, stage.leg_id, reason=reason, lead=stage.lead)

    assert trail_of(stage.session_id) == []


def test_only_who_leads_may_ask(stage):
    with pytest.raises(NotAllowed):
        stage.ask(Lead(user=stage.place.clerk))
    with pytest.raises(NotVisible):
        stage.ask(Lead(user=stage.place.stranger))
    with pytest.raises(NotAllowed):
        stage.ask(Lead(panel_room_id=stage.rooms[1].id))


def test_a_leg_that_has_moved_on_needs_no_override(stage):
    stage.put(state=LegState.WAITING)

    with pytest.raises(Conflict, match="leg_moved_on"):
        stage.ask()


def test_nobody_may_accept_a_device_that_is_silent(app, set_clock):
    stage = Stage(finding="silent", verdict=Verdict.NOT_PROVEN)

    with pytest.raises(Refused, match="override_not_possible"):
        stage.ask()


@pytest.mark.parametrize(("profile", "allowed"), [
    ({"classification": Classification.ORDINARY}, True), ({"classification": Classification.CONFIDENTIAL}, False),
    ({"classification": Classification.ORDINARY, "overridable": False}, False)])
def test_a_profile_says_whether_there_are_overrides_at_all(app, set_clock, profile, allowed):
    place_profile = a_profile(**profile)

    assert place_profile.overridable == allowed


def test_where_the_profile_allows_none_nobody_can_ask(app, set_clock):
    stage = Stage(overridable=False)

    with pytest.raises(Refused, match="override_not_allowed"):
        stage.ask()
    assert not any(line.may_ask_override for line in roster_of(tables.session_by_id(stage.session_id), now=clock.now()).lines)


def test_granted_the_leg_is_dialled_anew_and_chair_and_officers_are_told(stage):
    another = a_person(stage.place.centre, Role.AUDITOR)
    override_id = stage.ask()

    decide_override(override_id, grant=True, reason="Đã gọi điện xác minh", by=stage.place.officer)

    leg = stage.leg()
    assert (leg.state, leg.wanted, leg.finding, leg.dials) == (LegState.WAITING, True, "", 0)
    assert told("override_granted") == {another.id, stage.place.chair.id}
    assert trail_of(stage.session_id) == ["override_asked", "override_granted"]


def test_refused_the_leg_stays_as_it_is_and_the_chair_is_told(stage):
    override_id = stage.ask()

    decide_override(override_id, grant=False, reason="Không được", by=stage.place.officer)

    line = next(one for one in roster_of(tables.session_by_id(stage.session_id), now=clock.now()).lines if one.leg_id == stage.leg_id)
    assert (stage.leg().state, line.override, line.override_reason, line.may_ask_override) == (LegState.HUNG_UP, "refused", "Không được", True)
    assert stage.place.chair.id in told("override_refused")


def test_after_a_refusal_it_may_be_asked_again(stage):
    first = stage.ask()
    decide_override(first, grant=False, reason="Không", by=stage.place.officer)

    assert stage.ask() != first


def test_who_asked_cannot_decide_even_as_an_officer(stage):
    directory.grant_role(stage.place.chair, Role.AUDITOR, stage.place.centre, by=None)
    override_id = stage.ask()

    with pytest.raises(Refused, match="own_override"):
        decide_override(override_id, grant=True, reason="x", by=stage.place.chair)

    assert stage.leg().state == LegState.HUNG_UP


def test_the_organizer_cannot_decide_even_as_an_officer(stage):
    directory.grant_role(stage.place.clerk, Role.AUDITOR, stage.place.centre, by=None)
    override_id = stage.ask()

    with pytest.raises(Refused, match="own_override"):
        decide_override(override_id, grant=True, reason="x", by=stage.place.clerk)


def test_asked_at_the_panel_the_chair_still_cannot_decide(stage):
    directory.grant_role(stage.place.chair, Role.AUDITOR, stage.place.centre, by=None)
    pins.make_pin(stage.occurrence_id, by=stage.place.clerk)
    override_id = stage.ask(Lead(panel_room_id=stage.rooms[0].id))

    with pytest.raises(Refused, match="own_override"):
        decide_override(override_id, grant=True, reason="x", by=stage.place.chair)
    assert override_tables.override_by_id(override_id).asked_from_room_id == stage.rooms[0].id


def test_of_the_parties_who_are_officers_nobody_is_asked_to_decide(stage):
    directory.grant_role(stage.place.chair, Role.AUDITOR, stage.place.centre, by=None)

    stage.ask()

    assert told("override_asked") == {stage.place.officer.id}


@pytest.mark.parametrize("who", ["stranger", "technician", "administrator", "centre_approver"])
def test_for_who_is_no_officer_of_the_host_it_does_not_exist(stage, who):
    override_id = stage.ask()

    with pytest.raises(NotVisible):
        decide_override(override_id, grant=True, reason="x", by=getattr(stage.place, who))


def test_an_officer_of_another_unit_does_not_see_it(stage):
    elsewhere = a_person(stage.place.province, Role.AUDITOR)
    override_id = stage.ask()

    with pytest.raises(NotVisible):
        decide_override(override_id, grant=True, reason="x", by=elsewhere)
    assert override.overrides_seen_by(elsewhere) == ([], [])


def test_without_a_reason_nothing_is_decided(stage):
    override_id = stage.ask()

    with pytest.raises(InvalidInput):
        decide_override(override_id, grant=True, reason=" ", by=stage.place.officer)

    assert stage.leg().state == LegState.HUNG_UP


def test_of_two_officers_who_decide_at_once_one_is_told_that_it_is_decided(app_on, stage):
    officers = [stage.place.officer.id, a_person(stage.place.centre, Role.AUDITOR).id]
    override_id, together = stage.ask(), threading.Barrier(2)

    def press(number: int) -> str:
        with app_on.app_context():
            together.wait()
            try:
                decide_override(override_id, grant=number == 0, reason=f"officer {number}", by=db.session.get(User, officers[number]))
            except Conflict as error:
                return error.reason
            return "decided"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, range(2)))

    assert answers == ["already_decided", "decided"]
    assert [kind in ("override_granted", "override_refused") for kind in trail_of(stage.session_id)] == [False, True]


def test_who_goes_on_without_the_leg_ends_the_request(stage):
    override_id = stage.ask()

    control.go_on_without(stage.session_id, stage.leg_id, lead=stage.lead)

    assert (stage.override().ended_why, stage.override().decision) == ("left_out", "asked")
    with pytest.raises(Conflict, match="override_over"):
        decide_override(override_id, grant=True, reason="x", by=stage.place.officer)


def test_no_override_outlives_its_session(stage):
    stage.ask()
    control.end_session(stage.session_id, lead=stage.lead)
    with write_transaction():
        session = tables.session_for_update(stage.session_id)
        for leg in session.legs:
            leg.state = LegState.HUNG_UP
        record.settle(session, clock.now())

    assert stage.override().ended_why == "session_ended"
    assert trail_of(stage.session_id) == ["override_asked", "override_ended"]


def test_the_evidence_names_who_asked_who_decided_and_why(stage):
    override_id = stage.ask()
    decide_override(override_id, grant=True, reason="Đã xác minh", by=stage.place.officer)

    told_of, = evidence.summary(tables.session_by_id(stage.session_id))["overrides"]

    assert (told_of["asked_by"], told_of["decided_by"], told_of["reason"], told_of["decision_reason"], told_of["accepts"]) == (
        stage.place.chair.name, stage.place.officer.name, WHY, "Đã xác minh", Verdict.NOT_SECURE)


# With codecs behind real SSH, and the engine.

@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    hash_quickly(monkeypatch)
    for name, seconds in {"PREPARE_WITHIN": 2, "FIND_WITHIN": 2, "ANSWER_WITHIN": 2, "MEDIA_WITHIN": 1.5, "LOOK_FOR_CALL": 0.5,
                          "END_WITHIN": 3}.items():
        monkeypatch.setattr(plan, name, timedelta(seconds=seconds))


def hung_up(one) -> bool:
    leg = leg_of(one, "other")
    return leg.state == LegState.HUNG_UP and not leg.wanted


def grant(studio, session_id: int, leg_id: int) -> int:
    override_id = ask_override(session_id, leg_id, reason=WHY, lead=studio.lead)
    decide_override(override_id, grant=True, reason="Đã xác minh", by=studio.place.officer)
    return override_id


def test_a_leg_in_the_clear_is_let_in_by_an_override_and_nothing_looks_secure(studio, run):
    studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    leg_id = leg_of(run.until(hung_up), "other").id

    grant(studio, session_id, leg_id)
    session = run.until(lambda one: one.state == SessionState.LIVE)

    leg, seen = leg_of(session, "other"), roster_of(session, now=clock.now())
    assert (leg.state, leg.verdict, session.verdict) == (LegState.OVERRIDDEN, Verdict.NOT_SECURE, Verdict.NOT_SECURE)
    assert (seen.secure_now, seen.proven, seen.overridden_rooms) == (False, 2, [studio.place.other_room.name])
    assert {studio.place.officer.id, studio.place.chair.id} <= told("session_not_secure")


def test_the_override_ends_with_the_session_and_stands_in_the_sealed_evidence(studio, run):
    studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    grant(studio, session_id, leg_of(run.until(hung_up), "other").id)
    run.until(lambda one: one.state == SessionState.LIVE)

    control.end_session(session_id, lead=studio.lead)
    session = run.until(lambda one: one.state == SessionState.ENDED)

    sealed = json.loads(db.session.get_one(tables.SealedEvidence, session_id).document)
    assert (session.verdict, sealed["verdict"]) == (Verdict.NOT_SECURE, Verdict.NOT_SECURE)
    assert [(one["decision"], one["ended_why"], one["used_at"] is not None) for one in sealed["overrides"]] == [("granted", "session_ended", True)]
    line = next(one for one in roster_of(session, now=clock.now()).lines if one.room == studio.place.other_room.name)
    assert line.shown != "proven" and line.verdict != Verdict.SECURE
    assert trail_of(session_id) == ["override_asked", "override_granted", "override_ended"]
    assert studio.codecs["other"].calls_up() == {}


def test_an_override_of_what_was_not_proven_does_not_keep_a_call_that_goes_clear(studio, run):
    profile = a_profile(suites=["Aes-256"], min_grade="B")
    session_id = studio.start(studio.book_now(profile_id=profile.id))
    session = run.until(lambda one: all(leg.state == LegState.HUNG_UP for leg in one.legs))
    assert {leg.finding for leg in session.legs} == {"suite_not_approved"}
    for leg in session.legs:
        grant(studio, session_id, leg.id)
    run.until(lambda one: one.state == SessionState.LIVE and all(leg.state == LegState.OVERRIDDEN for leg in one.legs))

    studio.codecs["other"].bad.drifts_after_s = 0.0
    session = run.until(hung_up)

    ended = next(one for one in override_tables.overrides_of(session_id) if one.leg_id == leg_of(session, "other").id)
    assert (fresh(ended).ended_why, leg_of(session, "other").finding) == ("worse", "call_clear")
    assert session.verdict == Verdict.NOT_SECURE


def test_an_override_that_turns_out_not_to_be_needed_ends_and_the_leg_is_proven(studio, run):
    studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    leg_id = leg_of(run.until(hung_up), "other").id
    studio.codecs["other"].bad.lies = False

    grant(studio, session_id, leg_id)
    session = run.until(lambda one: one.state == SessionState.LIVE)

    ended, = override_tables.overrides_of(session_id)
    assert (fresh(ended).ended_why, ended.used_at, leg_of(session, "other").state, session.verdict) == (
        "proven", None, LegState.PROVEN, Verdict.SECURE)


def test_a_leg_that_is_read_as_encrypted_again_stays_overridden(studio, run):
    studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    grant(studio, session_id, leg_of(run.until(hung_up), "other").id)
    session = run.until(lambda one: one.state == SessionState.LIVE)
    checked_at = leg_of(session, "other").checked_at
    studio.codecs["other"].bad.lies = False

    session = run.until(lambda one: leg_of(one, "other").checked_at > checked_at + timedelta(seconds=3))

    leg = leg_of(session, "other")
    assert (leg.state, leg.verdict != Verdict.SECURE, roster_of(session, now=clock.now()).secure_now) == (LegState.OVERRIDDEN, True, False)


def test_under_alarm_a_leg_that_drifts_is_kept_by_an_override_without_a_new_call(studio, run):
    profile = a_profile(on_drift=OnDrift.ALARM)
    session_id = studio.start(studio.book_now(profile_id=profile.id))
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].bad.drifts_after_s = 0.0
    session = run.until(lambda one: leg_of(one, "other").state == LegState.NOT_PROVEN)
    dials = leg_of(session, "other").dials

    grant(studio, session_id, leg_of(session, "other").id)
    session = run.until(lambda one: leg_of(one, "other").state == LegState.OVERRIDDEN)

    assert (leg_of(session, "other").dials, session.verdict) == (dials, Verdict.NOT_SECURE)


def test_a_device_that_does_not_take_the_setting_is_dialled_under_an_override(studio, run):
    studio.codecs["other"].bad.setting_does_nothing = studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    session = run.until(hung_up)
    assert leg_of(session, "other").finding == "setting_not_taken"

    grant(studio, session_id, leg_of(session, "other").id)
    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert (leg_of(session, "other").state, session.verdict) == (LegState.OVERRIDDEN, Verdict.NOT_SECURE)


def test_a_call_that_nobody_knows_is_not_accepted_by_any_override(studio, run):
    studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    grant(studio, session_id, leg_of(run.until(hung_up), "other").id)
    run.until(lambda one: one.state == SessionState.LIVE)

    studio.codecs["other"].dial_from_remote_control("7002@bridge.example")
    session = run.until(hung_up)

    assert leg_of(session, "other").finding == "extra_call"
    assert fresh(override_tables.overrides_of(session_id)[0]).ended_why == "worse"


def test_an_overridden_leg_that_goes_silent_leaves_a_gap_and_is_not_shown_as_accepted(studio, run):
    studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    grant(studio, session_id, leg_of(run.until(hung_up), "other").id)
    run.until(lambda one: one.state == SessionState.LIVE)

    studio.codecs["other"].bad.silent_to = ""
    session = run.until(lambda one: leg_of(one, "other").state == LegState.NOT_PROVEN)

    assert [gap.reason for gap in tables.gaps_of(session_id)] == ["silent"]
    assert not roster_of(session, now=clock.now()).overridden_rooms
    assert studio.place.officer.id in told("session_gap")
