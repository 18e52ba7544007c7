"""What counts as read back at both ends before a session was live."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from roomctl.story.installation import Installed
from roomctl.story.real_rooms import ENCRYPTS, both_ends
from roomctl.story.telling import StoryFailure

ADDRESS = "room1@127.0.1.1"


def a_check(*, at: str = "2027-03-01T01:00:00Z", verdict: str = "secure", simulated: bool = False, codec: dict | None = None,
            bridge: dict | None = None, seen: bool = True) -> dict[str, Any]:
    here = {"encrypted": "yes", "suite": ENCRYPTS, "grade": "A", "streams": [{}, {}], **(codec or {})}
    there = {"id": "c1", "remote": ADDRESS, "encrypted": "yes", "suite": ENCRYPTS, **(bridge or {})}
    return {"what": "check", "at": at, "verdict": verdict, "observed": {
        "codec": here, "bridge": {"participants": [there]} if seen else None, "simulated": simulated, "call": "c1",
        "reached_by": {"host_key": "SHA256:x"}}}


@dataclass
class Kept:
    """A proof as far as it is looked at here."""

    checks: list[dict[str, Any]]
    session: dict[str, Any] = field(default_factory=dict)

    @property
    def bundle(self) -> dict[str, Any]:
        return {"session": json.dumps({"live_at": "2027-03-01T01:00:02Z", "verdict": "secure", "simulated": False, **self.session})}


@pytest.fixture
def installed(tmp_path) -> Installed:
    return Installed("", "", tmp_path, {ADDRESS: "Phòng họp 1"}, 2)


def test_a_site_that_both_ends_read_as_encrypted_is_told_with_both_suites(installed):
    (line,) = both_ends(Kept([a_check()]), installed)

    assert line.startswith(f"Phòng họp 1 ({ADDRESS})") and line.count(ENCRYPTS) == 2 and "same Call-ID" in line


def test_two_ends_of_different_calls_are_not_called_the_same(installed):
    (line,) = both_ends(Kept([a_check(bridge={"id": "c2"})]), installed)

    assert "same Call-ID" not in line and "c1, c2" in line


@pytest.mark.parametrize("spoilt", [
    {"verdict": "not_proven"}, {"simulated": True}, {"codec": {"encrypted": "unknown"}}, {"codec": {"suite": None}}, {"bridge": {"encrypted": "no"}},
    {"bridge": {"suite": "AES_CM_128_HMAC_SHA1_32"}}, {"bridge": {"remote": "room2@127.0.1.2"}}, {"seen": False}, {"at": "2027-03-01T01:00:03Z"}])
def test_a_site_that_was_not_proven_at_both_ends_before_the_session_was_live_fails(installed, spoilt):
    with pytest.raises(StoryFailure, match="Phòng họp 1"):
        both_ends(Kept([a_check(**spoilt)]), installed)


@pytest.mark.parametrize("session", [{"live_at": None}, {"verdict": "not_proven"}, {"simulated": True}, {"simulated": None}])
def test_a_session_that_was_not_secure_and_real_fails(installed, session):
    with pytest.raises(StoryFailure):
        both_ends(Kept([a_check()], session), installed)
