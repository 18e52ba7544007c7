"""Attesting, and what a session makes of an attestation that is missing, over, or too old."""

from datetime import date, timedelta

import pytest
from builders import Place, a_person, a_profile, a_room, hash_quickly
from sqlalchemy import text

from roomctl import clock
from roomctl.booking.tables import conference_by_id, occurrence_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import AttestationKind, Attested, Classification, attestation_missing
from roomctl.sessions import attest, control, evidence, override, tables
from roomctl.sessions.attest import Statement
from roomctl.sessions.states import LegState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span

LINE, MICROPHONES, INSPECTION = AttestationKind
YEAR = {LINE: 365}


def stands(kind: AttestationKind, *, at, until) -> Attested:
    return Attested(kind, at, until)


class TestWhatIsMissing:
    """The rule alone."""

    def test_nothing_is_missing_where_nothing_is_required(self):
        assert attestation_missing({}, [], now=clock.now(), until=clock.now()) is None

    def test_an_attestation_that_holds_to_the_end_is_enough(self):
        now = clock.now()

        assert attestation_missing(YEAR, [stands(LINE, at=now - timedelta(days=1), until=now + timedelta(hours=2))], now=now,
                                   until=now + timedelta(hours=2)) is None

    @pytest.mark.parametrize(("kind", "age_days", "left_hours"), [
        (MICROPHONES, 1, 48), (LINE, 1, 1), (LINE, 366, 48), (LINE, 1, -1), (LINE, -1, 48)],
        ids=["of another kind", "ends in the middle", "too old", "over", "of tomorrow"])
    def test_what_does_not_count_is_missing(self, kind, age_days, left_hours):
        now = clock.now()
        known = [stands(kind, at=now - timedelta(days=age_days), until=now + timedelta(hours=left_hours))]

        assert attestation_missing(YEAR, known, now=now, until=now + timedelta(hours=2)) is LINE


class Stage:
    """Two rooms of the centre and one of a province with codecs, a bridge, and a profile that asks for attestations."""

    def __init__(self, *, overridable: bool = False, **days) -> None:
        self.place = Place()
        self.rooms = [a_room(self.place.centre, "Một"), a_room(self.place.centre, "Hai"), a_room(self.place.province, "Ba", open_to="above")]
        common = {"username": "roomctl", "password": "geheim"}
        for room in self.rooms:
            inventory.add_device(kind="codec", family="cisco_roomos", room=room, unit=room.unit, name=room.code, host="192.0.2.1", port=room.id,
                                 **common)
        bridge = inventory.add_device(kind="bridge", family="simulated_bridge", room=None, unit=self.place.centre, name="bridge",
                                      host="192.0.2.2", port=22, pool=["7001@bridge.example"], ports=10, **common)
        inventory.note_host_key(bridge.id, fingerprint="SHA256:1", algorithm="ssh-ed25519")
        inventory.pin_host_key(bridge.id, "SHA256:1", by=None)
        profile = a_profile(Classification.CONFIDENTIAL, overridable=overridable, attestations=days or {"line_protection": 365})
        start = clock.now() + timedelta(minutes=5)
        conference_id = self.place.book(room_ids=tuple(room.id for room in self.rooms), host_room_id=self.rooms[0].id, title="", code_name="HN7",
                                        span=Span(start, start + timedelta(hours=1)), profile_id=profile.id)
        self.occurrence_id = conference_by_id(conference_id).occurrences[0].id

    @property
    def lead(self) -> control.Lead:
        return control.Lead(user=self.place.chair)

    def attest(self, place: str, kind: str = "line_protection", *, days: int = 30, by=None, serial: str = "SN-1") -> int:
        until = (clock.now() + timedelta(days=days)).date()
        return attest.attest(Statement(kind=kind, place=place, serial=serial, valid_until=until), by=by or self.place.officer)

    def start(self) -> tables.ConferenceSession:
        return tables.session_by_id(control.start_session(self.occurrence_id, lead=self.lead))


@pytest.fixture
def stage(app_on, set_clock, monkeypatch) -> Stage:
    hash_quickly(monkeypatch)
    return Stage()


def test_without_attestations_a_session_does_not_start_and_says_what_is_missing(stage):
    with pytest.raises(Refused, match="no_line_protection") as refused:
        stage.start()

    assert refused.value.facts["rooms"] == "Ba, Hai, Một"


def test_the_line_of_a_unit_serves_all_its_rooms(stage):
    stage.attest(stage.place.centre.code)
    stage.attest(stage.rooms[2].code)

    session = stage.start()

    assert [(leg.state, leg.lacks) for leg in session.legs] == [(LegState.WAITING, "")] * 3


def test_the_leg_of_a_room_that_lacks_one_waits_for_a_decision_and_names_it(stage):
    stage.attest(stage.place.centre.code)

    session = stage.start()

    assert [(leg.room.name, leg.state, leg.finding) for leg in session.legs if leg.lacks] == [("Ba", LegState.HUNG_UP, "no_line_protection")]


def test_the_chair_sees_before_the_start_what_is_missing(stage):
    stage.attest(stage.place.centre.code)

    assert [(room.name, finding) for room, finding in attest.lacking_before(occurrence_by_id(stage.occurrence_id))] == [
        ("Ba", "no_line_protection")]


def test_attested_meanwhile_the_leg_is_dialled_when_it_is_tried_again(stage):
    stage.attest(stage.place.centre.code)
    session = stage.start()
    leg = next(one for one in session.legs if one.lacks)
    control.retry_leg(session.id, leg.id, lead=stage.lead)
    before = tables.session_by_id(session.id).legs[2].state

    stage.attest(stage.place.province.code)
    control.retry_leg(session.id, leg.id, lead=stage.lead)

    db.session.expire_all()
    leg = tables.session_by_id(session.id).legs[2]
    assert (before, leg.state, leg.lacks) == (LegState.HUNG_UP, LegState.WAITING, "")


@pytest.mark.parametrize("days", [0, 40])
def test_an_attestation_that_is_over_or_too_old_counts_for_nothing(app, set_clock, monkeypatch, days):
    hash_quickly(monkeypatch)
    stage = Stage(line_protection=30)
    for code in (stage.place.centre.code, stage.place.province.code):
        stage.attest(code, days=400 if days else 0)
    set_clock.forward(days=days or 1)
    with write_transaction():
        occurrence = db.session.get_one(type(occurrence_by_id(stage.occurrence_id)), stage.occurrence_id)
        occurrence.planned_start_at, occurrence.planned_end_at = clock.now(), clock.now() + timedelta(hours=1)

    with pytest.raises(Refused, match="no_line_protection"):
        stage.start()


def test_where_the_profile_allows_it_a_missing_attestation_may_be_accepted_and_the_leg_is_never_proven_by_it(app, set_clock, monkeypatch):
    hash_quickly(monkeypatch)
    stage = Stage(overridable=True)

    session = stage.start()
    leg = session.legs[0]
    override_id = override.ask_override(session.id, leg.id, reason="Họp khẩn", lead=stage.lead)
    override.decide_override(override_id, grant=True, reason="Đã xác minh", by=stage.place.officer)

    db.session.expire_all()
    leg = tables.session_by_id(session.id).legs[0]
    assert (leg.state, leg.lacks) == (LegState.WAITING, "no_line_protection")


@pytest.mark.parametrize("who", ["technician", "clerk", "chair", "administrator"])
def test_only_a_security_officer_attests_a_line(stage, who):
    with pytest.raises(NotAllowed):
        stage.attest(stage.place.centre.code, by=getattr(stage.place, who))


@pytest.mark.parametrize("kind", ["room_inspection", "wired_microphones"])
def test_a_technician_attests_what_is_of_a_room(stage, kind):
    attestation_id = stage.attest(stage.rooms[0].code, kind, by=stage.place.technician, serial="")

    entry = db.session.execute(text("SELECT kind, subject, actor FROM trail_entries ORDER BY id DESC LIMIT 1")).one()
    assert tuple(entry) == ("attested", f"attestation:{attestation_id}", stage.place.technician.id)


def test_nobody_attests_for_a_unit_that_is_not_theirs(stage):
    elsewhere = a_person(stage.place.other_province, Role.AUDITOR, Role.TECHNICIAN)

    with pytest.raises(NotAllowed):
        stage.attest(stage.rooms[0].code, "room_inspection", by=elsewhere)
    with pytest.raises(NotAllowed):
        stage.attest(stage.place.centre.code, by=elsewhere)


@pytest.mark.parametrize(("wanted", "field"), [
    ({"kind": "nonsense"}, "kind"), ({"place": "NOWHERE"}, "place"), ({"serial": ""}, "serial"), ({"serial": "a\u202eb"}, "serial"),
    ({"valid_until": date(2027, 2, 28)}, "valid_until"), ({"valid_until": None}, "valid_until"), ({"place": "\x00"}, "place"),
    ({"valid_until": date(2099, 1, 1)}, "valid_until")])
def test_what_is_wrong_with_a_statement_is_named(stage, wanted, field):
    facts = {"kind": "line_protection", "place": stage.place.centre.code, "serial": "SN-1", "valid_until": date(2027, 6, 1), **wanted}

    with pytest.raises(InvalidInput) as refused:
        attest.attest(Statement(**facts), by=stage.place.officer)

    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_room_is_inspected_and_not_a_whole_unit(stage):
    with pytest.raises(InvalidInput):
        stage.attest(stage.place.centre.code, "room_inspection")


def test_withdrawn_it_counts_no_more_and_says_why_once(stage):
    for code in (stage.place.centre.code, stage.place.province.code):
        attestation_id = stage.attest(code)

    attest.withdraw(attestation_id, reason="Thiết bị đã đổi", by=stage.place.officer)

    assert [room.name for room, _ in attest.lacking_before(occurrence_by_id(stage.occurrence_id))] == ["Ba"]
    with pytest.raises(Conflict, match="already_withdrawn"):
        attest.withdraw(attestation_id, reason="x", by=stage.place.officer)
    with pytest.raises(NotAllowed):
        attest.withdraw(attestation_id, reason="x", by=stage.place.technician)
    with pytest.raises(NotVisible):
        attest.withdraw(attestation_id, reason="x", by=stage.place.stranger)


def test_the_evidence_keeps_who_attested_what_with_the_serial_number_though_it_was_withdrawn_later(stage, set_clock):
    stage.attest(stage.place.centre.code, serial="SN-77")
    province = stage.attest(stage.place.province.code, serial="SN-88")
    session = stage.start()
    set_clock.forward(minutes=1)
    attest.withdraw(province, reason="Đổi máy", by=stage.place.officer)

    told = evidence.summary(tables.session_by_id(session.id))["attestations"]

    assert [(one["room"], one["kind"], one["serial"], one["by"]) for one in told] == [
        ("Một", "line_protection", "SN-77", stage.place.officer.name), ("Hai", "line_protection", "SN-77", stage.place.officer.name),
        ("Ba", "line_protection", "SN-88", stage.place.officer.name)]


def test_what_was_attested_after_a_session_is_not_in_its_evidence(stage, set_clock):
    for code in (stage.place.centre.code, stage.place.province.code):
        stage.attest(code)
    session = stage.start()
    with write_transaction():
        tables.session_for_update(session.id).ended_at = clock.now()
    set_clock.forward(minutes=5)
    late = stage.attest(stage.place.centre.code, serial="LATE", days=300)

    told = evidence.summary(tables.session_by_id(session.id))["attestations"]

    assert late not in [one["attestation"] for one in told]


def test_a_leg_of_a_room_that_lacks_an_attestation_is_read_as_not_proven_whatever_the_codec_says(studio, run):
    profile = a_profile(attestations={"room_inspection": 30})
    for name in ("hall", "room"):
        attest.attest(Statement(kind="room_inspection", place=getattr(studio.place, name).code, serial="",
                                valid_until=(clock.now() + timedelta(days=9)).date()), by=studio.place.technician)
    session_id = studio.start(studio.book_now(profile_id=profile.id))
    leg = next(one for one in tables.session_by_id(session_id).legs if one.lacks)
    override_id = override.ask_override(session_id, leg.id, reason="Họp khẩn", lead=studio.lead)

    override.decide_override(override_id, grant=True, reason="Đã xác minh", by=studio.place.officer)
    session = run.until(lambda one: one.state == "live")

    overridden = next(one for one in session.legs if one.lacks)
    assert (overridden.state, overridden.finding, overridden.grade) == (LegState.OVERRIDDEN, "no_room_inspection", "A")
    assert session.verdict == Verdict.NOT_PROVEN
