"""Sessions and their evidence."""

import io
import json
import zipfile

import pytest
from builders import a_profile

from roomctl import clock
from roomctl.database import write_transaction
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import evidence
from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState, SessionState

SESSIONS = "/auditor/sessions"
TITLE = "Kiểm điểm cán bộ"


@pytest.fixture
def ended(start, put):
    """A session that was live, ended and was sealed; an internal conference."""
    session_id = start(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE)
    put(session_id, state=SessionState.ENDED, live_at=clock.now(), ended_at=clock.now(),
        legs={"state": LegState.HUNG_UP, "finding": "call_clear"})
    with write_transaction():
        evidence.seal(sessions.session_for_update(session_id), clock.now())
    return session_id


def test_an_officer_sees_which_session_it_was_by_its_code_name(equipped, ended, signed_in):
    client = signed_in(equipped.officer)

    pages = [client.page(path).text for path in (SESSIONS, f"{SESSIONS}/{ended}")]

    assert ["HN-1" in text for text in pages] == [True, True]
    assert not any(TITLE in text for text in pages)


def test_an_ended_session_names_each_rooms_finding(equipped, ended, signed_in):
    assert "Cuộc gọi không được mã hóa" in signed_in(equipped.officer).page(f"{SESSIONS}/{ended}").text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_session_that_still_runs_can_be_looked_at(equipped, start, signed_in, language):
    assert signed_in(equipped.officer, language).get(f"{SESSIONS}/{start()}").status_code == 200


def test_the_evidence_carries_its_own_verifier_and_nothing_of_the_title(equipped, ended, signed_in):
    answer = signed_in(equipped.officer).get(f"{SESSIONS}/{ended}/evidence.zip")

    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        bundle = json.loads(archive.read("bundle.json"))
        names = set(archive.namelist())
    assert (answer.mimetype, names) == ("application/zip", {"bundle.json", "verify.py", "README.txt"})
    assert json.loads(bundle["session"])["session"] == ended
    assert TITLE not in json.dumps(bundle, ensure_ascii=False)


def test_taking_evidence_away_is_recorded(equipped, ended, signed_in, counted):
    signed_in(equipped.officer).get(f"{SESSIONS}/{ended}/evidence.zip")

    assert counted(f"trail_entries WHERE kind = 'evidence_exported' AND subject = 'session:{ended}' AND actor = {equipped.officer.id}") == 1


@pytest.mark.parametrize("path", ["999", "999/evidence.zip"])
def test_a_session_that_is_not_there_is_not_found(place, signed_in, path):
    assert signed_in(place.officer).get(f"{SESSIONS}/{path}").status_code == 404


def test_nobody_but_officers_takes_evidence_away(equipped, ended, signed_in, counted):
    statuses = {signed_in(user).get(f"{SESSIONS}/{ended}/evidence.zip").status_code for user in (equipped.chair, equipped.administrator)}

    assert (statuses, counted("trail_entries WHERE kind = 'evidence_exported'")) == ({403}, 0)
