"""Evidence that a stranger can check: complete, and every byte of it counts."""

import io
import json
import random
import zipfile
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from builders import a_profile
from sqlalchemy import text
from studio import leg_of

from roomctl import clock
from roomctl.audit import chain, trail, verify
from roomctl.booking.tables import occurrence_by_id
from roomctl.database import db, write_transaction
from roomctl.security_profiles.profile import OnDrift
from roomctl.sessions import control, evidence, plan, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    """A codec that stays silent is waited for half a minute at the end; the simulated ones need tenths of a second."""
    monkeypatch.setattr(plan, "END_WITHIN", timedelta(seconds=5))


class Exported:
    """What an officer holds: the zip, the key's fingerprint and the anchor."""

    def __init__(self, app, session_id: int) -> None:
        settings = app.config["SETTINGS"]
        self.zip = evidence.export(session_id, by=None)
        with zipfile.ZipFile(io.BytesIO(self.zip)) as archive:
            self.text = archive.read("bundle.json").decode()
        self.bundle = json.loads(self.text)
        self.summary = json.loads(self.bundle["session"])
        self.checks = [json.loads(one) for one in self.bundle["checks"]]
        self.key, self.anchor = verify.fingerprint(trail.public_key(settings)), verify.read_anchor(str(trail.anchor_file(settings)))

    def check(self, bundle: dict | None = None) -> verify.Result:
        return verify.check(bundle or self.bundle, key=self.key, anchor=self.anchor)

    def check_bytes(self, path: Path, raw: bytes) -> verify.Result:
        """Check a zip that somebody made anew around a changed bundle.json."""
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("bundle.json", raw)
        return verify.check_file(str(path), key=self.key, anchor=self.anchor)

    def leg(self, room: str) -> dict:
        return next(leg for leg in self.summary["legs"] if leg["room"] == room)


def end(studio, run, session_id: int):
    control.end_session(session_id, lead=studio.lead)
    return run.until(lambda one: one.state in (SessionState.ENDED, SessionState.FAILED))


@pytest.fixture
def exported(app, studio, run) -> Exported:
    """The evidence of a session that went well."""
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    end(studio, run, session_id)
    return Exported(app, session_id)


def test_evidence_of_a_good_session_is_whole_and_says_so_of_every_site(exported):
    result = exported.check()

    assert (result.exit_code, result.tampered, result.missing) == (verify.WHOLE, [], [])
    assert result.said[0].startswith("session 1 of occurrence") and result.said[0].endswith("verdict secure")
    assert sum(": hung_up, verdict secure" in line for line in result.said) == 3


def test_how_each_device_was_reached_is_part_of_it(exported, studio):
    legs = exported.summary["legs"]

    pinned = {codec.address: codec.fingerprint for codec in studio.codecs.values()}
    assert sorted(leg["reached_by"]["host_key"] for leg in legs) == sorted(pinned.values())
    assert {leg["pinned_host_key"] == leg["reached_by"]["host_key"] for leg in legs} == {True}
    assert {(leg["account"], leg["reached_by"]["account"], leg["reached_by"]["host_key_algorithm"], leg["reached_by"]["legacy"],
             leg["legacy_allowed"]) for leg in legs} == {("roomctl", "roomctl", "ssh-ed25519", False, "none")}
    assert all(leg["reached_by"][name] for leg in legs for name in ("key_exchange", "cipher", "mac", "signature"))
    assert all(leg["model"] and leg["firmware"] and leg["serial"] for leg in legs)
    assert exported.summary["bridge"]["reached_by"]["host_key"] == studio.bridge.fingerprint


def test_what_a_codec_said_before_its_call_is_kept_and_what_it_did_not_say_is_unknown(exported):
    looks = [one for one in exported.checks if one["what"] == "look"]

    assert {one["leg"] for one in looks} == {leg["leg"] for leg in exported.summary["legs"]}
    for look in looks:
        assert (look["observed"]["registered"], look["observed"]["calls"], look["error"]) == ("yes", [], "")
        assert look["observed"]["clock_ahead_s"] is None or abs(look["observed"]["clock_ahead_s"]) < 60
        assert look["observed"]["probe"] == {"at": None, "age_s": None, "status": "unknown"}  # Nobody had probed it.
        assert look["observed"]["reached_by"]["host_key"]


def test_the_age_of_the_last_probe_at_the_start_is_kept(app, studio, run):
    with write_transaction():
        studio.devices["room"].probed_at = clock.now() - timedelta(seconds=40)
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    end(studio, run, session_id)

    ages = {leg["device"]: leg["look"]["probe"]["age_s"] for leg in Exported(app, session_id).summary["legs"]}

    assert 40 <= ages["room"] <= 55
    assert (ages["hall"], ages["other"]) == (None, None)


def test_a_reading_of_the_bridge_is_kept_once_for_all_legs_that_it_served(exported):
    readings = {verify.sha256(text.encode()): json.loads(text) for text in exported.bundle["checks"] if json.loads(text)["what"] == "bridge"}
    checks = [one for one in exported.checks if one["what"] == "check"]

    assert {one["observed"]["bridge"]["reading"] for one in checks} == set(readings)
    assert all(len(one["observed"]["bridge"]["participants"]) == 1 for one in checks)
    assert max(len(one["participants"]) for one in readings.values()) == 3


def test_the_profile_is_told_in_full(exported, studio):
    profile = studio.place.profile

    assert exported.summary["profile"] == {
        "key": profile.key, "version": 1, "name": "Hồ sơ", "name_en": "Profile", "classification": "ordinary", "min_grade": "A",
        "suites": ["Aes-128"], "check_interval_s": 2, "on_drift": "drop"}


def test_no_single_flipped_byte_of_a_bundle_leaves_it_whole(exported, tmp_path):
    raw, chance = exported.text.encode(), random.Random(20270301)
    places = {*range(0, 600), *range(len(raw) - 600, len(raw)), *(chance.randrange(len(raw)) for _ in range(600))}

    whole = []
    for place in places:
        changed = bytearray(raw)
        changed[place] ^= chance.randrange(1, 256)
        if exported.check_bytes(tmp_path / "changed.zip", bytes(changed)).exit_code != verify.TAMPERED:
            whole.append((place, raw[max(place - 30, 0):place + 10]))

    assert exported.check_bytes(tmp_path / "same.zip", raw).exit_code == verify.WHOLE
    assert whole == []


PARTS = {
    "an entry's content taken out": lambda bundle: next(one for one in bundle["entries"] if one.get("payload")).update(payload=None),
    "an entry told by its leaf alone": lambda bundle: hide(bundle, "leg_checks"),
    "a check taken out": lambda bundle: bundle["checks"].pop(),
    "a check twice": lambda bundle: bundle["checks"].append(bundle["checks"][-1]),
    "a part that nobody knows": lambda bundle: bundle.update(note="x"),
    "an entry with a part that nobody knows": lambda bundle: bundle["entries"][0].update(note="x"),
    "a checkpoint with a part that nobody knows": lambda bundle: bundle["checkpoints"][-1].update(note="x"),
    "a key with another name": lambda bundle: bundle["keys"][0].update(fingerprint="00" * 32),
    "another format": lambda bundle: bundle.update(format="roomctl-evidence-v2"),
    "another summary": lambda bundle: bundle.update(session=bundle["session"].replace('"secure"', '"not_secure"', 1)),
    "a witness that nobody is": lambda bundle: bundle["cosignatures"].append(
        {"body": "{}", "signature": "00" * 64, "public": "00" * 32, "key": verify.sha256(bytes(32))}),
}


def hide(bundle: dict, kind: str) -> None:
    number, item = next((number, one) for number, one in enumerate(bundle["entries"]) if kind in one.get("header", ""))
    bundle["entries"][number] = {"seq": item["seq"], "leaf": chain.leaf_of(item["header"].encode())}


def test_a_bundle_that_was_changed_is_tampered(exported):
    changed = {how: deepcopy(exported.bundle) for how in PARTS}
    for how, bundle in changed.items():
        PARTS[how](bundle)

    found = {how: exported.check(bundle).exit_code for how, bundle in changed.items()}

    assert found == dict.fromkeys(PARTS, verify.TAMPERED)


def test_a_file_inside_the_zip_that_was_damaged_is_found(exported, tmp_path):
    with zipfile.ZipFile(io.BytesIO(exported.zip)) as archive:
        place = archive.getinfo("README.txt").header_offset + 60
    changed = bytearray(exported.zip)
    changed[place] ^= 1
    (tmp_path / "changed.zip").write_bytes(changed)

    assert verify.check_file(str(tmp_path / "changed.zip"), key=exported.key, anchor=exported.anchor).exit_code == verify.TAMPERED


# A server that has the key may seal whatever it likes; the readings and entries it was made of still speak.


def overstated(app, studio, run, session_id: int) -> list[str]:
    """End a session whose summary somebody makes better than it was, and return what a stranger finds."""
    with write_transaction():
        tables.session_for_update(session_id).verdict = Verdict.SECURE
    control.end_session(session_id, lead=studio.lead)
    run.until(lambda one: one.state == SessionState.ENDED)
    result = Exported(app, session_id).check()
    assert result.exit_code == verify.TAMPERED
    return result.tampered


def test_a_sealed_verdict_that_forgets_a_gap_is_found(app, studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].bad.silent_to = ""
    run.until(lambda one: tables.gaps_of(session_id))
    studio.codecs["other"].bad.silent_to = None

    assert "the summary says more than was read: it is called secure, and the trail knows better" in overstated(app, studio, run, session_id)


def test_a_sealed_verdict_that_forgets_a_drift_is_found(app, studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].bad.drifts_after_s = 0.0
    run.until(lambda one: leg_of(one, "other").finding)

    assert ("the summary says more than was read: it is called secure, and a check after its start is not"
            in overstated(app, studio, run, session_id))


def test_a_check_that_calls_secure_what_was_read_in_the_clear_is_found(app, studio, run, monkeypatch):
    from roomctl.sessions import verdict

    studio.codecs["other"].bad.clear_content = True
    monkeypatch.setattr(verdict, "judge", lambda *_, **__: verdict.Judgement(Verdict.SECURE, verdict.Grade.A))
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    end(studio, run, session_id)

    found = Exported(app, session_id).check()

    assert any("secure at" in line and line.endswith("not everything was read as encrypted") for line in found.tampered)
    assert run.oracle.false  # The oracle of these tests sees it too.
    run.oracle.false.clear()


# Bad days leave evidence that is whole and tells of them.


BAD_DAYS: dict = {}


def bad_day(name: str):
    def mark(make):
        BAD_DAYS[name] = make
        return make
    return mark


@bad_day("a codec that goes silent while live")
def _(studio, run, session_id):
    studio.codecs["other"].bad.silent_to = ""
    run.until(lambda one: leg_of(one, "other").state == LegState.NOT_PROVEN)


@bad_day("encryption lost while live")
def _(studio, run, session_id):
    studio.codecs["other"].bad.drifts_after_s = 0.0
    run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)


@bad_day("a call added from the remote control")
def _(studio, run, session_id):
    studio.codecs["other"].dial_from_remote_control("room@vc.example")
    run.until(lambda one: leg_of(one, "other").finding == "extra_call")


@bad_day("a dropped call that is dialled again")
def _(studio, run, session_id):
    for link in studio.codecs["other"].calls_up().values():
        link.ended = True
    run.until(lambda one: leg_of(one, "other").dials == 2 and leg_of(one, "other").state == LegState.PROVEN)


@bad_day("a worker that was away")
def _(studio, run, session_id):
    with write_transaction():
        for leg in tables.session_for_update(session_id).legs:
            leg.checked_at -= timedelta(minutes=5)
            leg.check_due_at = clock.now()
    run.until(lambda one: len(tables.gaps_of(session_id)) == 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD_DAYS)
def test_evidence_of_a_bad_day_is_whole(app, studio, run, name):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    BAD_DAYS[name](studio, run, session_id)

    session = end(studio, run, session_id)

    result = Exported(app, session_id).check()
    assert (result.exit_code, result.tampered, result.missing) == (verify.WHOLE, [], [])
    assert result.said[0].endswith(f"verdict {session.verdict}")


def test_a_session_that_a_drift_ends_is_not_called_secure(app, studio, run):
    session_id = studio.start(studio.book_now(profile_id=a_profile(on_drift=OnDrift.END).id))
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].bad.drifts_after_s = 0.0

    session = run.until(lambda one: one.state == SessionState.ENDED)

    assert session.verdict == Verdict.NOT_SECURE
    assert Exported(app, session_id).check().exit_code == verify.WHOLE


def test_a_session_that_never_began_leaves_evidence_too(app, studio, run):
    studio.codecs["other"].bad.not_registered = True
    session_id = studio.start()
    run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)
    end(studio, run, session_id)

    exported = Exported(app, session_id)

    assert exported.check().exit_code == verify.WHOLE
    assert (exported.summary["state"], exported.summary["verdict"]) == ("failed", "not_proven")
    assert [(one["error"], one["observed"]["registered"]) for one in exported.checks
            if one["what"] == "look" and one["error"]] == [("not_registered", "no")]


def test_a_running_sessions_evidence_is_incomplete_and_not_whole(app, studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)

    assert Exported(app, session_id).check().missing == ["the session was not sealed yet: it has not ended"]


def test_security_case_s05_one_clear_content_channel_of_one_leg_spoils_the_session_and_the_evidence_names_both(app, studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].bad.clear_content = True
    run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)
    end(studio, run, session_id)

    exported = Exported(app, session_id)

    leg = exported.leg("Phòng họp Cà Mau")
    assert (exported.summary["verdict"], leg["verdict"], leg["finding"]) == ("not_secure", "not_secure", "call_clear")
    clear = next(one for one in exported.checks if one["what"] == "check" and one["leg"] == leg["leg"] and one["verdict"] == "not_secure")
    assert clear["commanded"]["setting"] == "On"
    streams = clear["observed"]["codec"]["streams"]
    assert [(one["media"], one["direction"]) for one in streams if one["encrypted"] == "no"] == [("video", "outgoing")]
    assert clear["detail"] == "video outgoing"
    assert {one["encrypted"] for one in streams if one["media"] == "audio"} == {"yes"}
    assert any("Phòng họp Cà Mau" in line and "not_secure (call_clear)" in line for line in exported.check().said)


def test_nothing_of_a_title_is_in_the_evidence(app, studio, run):
    occurrence_id = studio.book_now(title="Kiểm điểm cán bộ")
    session_id = studio.start(occurrence_id)
    run.until(lambda one: one.state == SessionState.LIVE)
    end(studio, run, session_id)

    assert occurrence_by_id(occurrence_id).conference.title not in Exported(app, session_id).text


def test_a_check_that_somebody_took_out_of_the_database_is_missed(app, studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    end(studio, run, session_id)
    with write_transaction():
        db.session.execute(text("DELETE FROM leg_checks WHERE id = (SELECT max(id) FROM leg_checks)"))

    assert any("is missing" in line for line in Exported(app, session_id).check().tampered)
