"""A codec that may use SHA-1 on its control line takes no part in what is classified."""

import pytest
from builders import a_profile
from studio import leg_of

from roomctl.database import write_transaction
from roomctl.devices.tables import Device
from roomctl.errors import Refused
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import control, tables
from roomctl.sessions.states import LegState, SessionState


def allow_old_ssh(studio, *names: str, legacy: str = "hostkey") -> None:
    with write_transaction() as session:
        for name in names:
            session.get_one(Device, studio.devices[name].id).ssh_legacy = legacy


def classified(studio, classification=Classification.CONFIDENTIAL) -> int:
    facts = {"title": "", "code_name": "Sông Hồng"} if classification.is_classified else {}
    return studio.book_now(profile_id=a_profile(classification).id, **facts)


def states(session_id: int) -> dict[str, tuple[str, str]]:
    return {leg.device.name: (leg.state, leg.finding) for leg in tables.session_by_id(session_id).legs}


@pytest.mark.parametrize("legacy", ["hostkey", "hostkey+kex", "a word nobody knows"])
def test_it_is_hung_up_from_the_start_and_named(studio, legacy):
    allow_old_ssh(studio, "other", legacy=legacy[:16])

    session_id = studio.start(classified(studio))

    assert states(session_id) == {"hall": ("waiting", ""), "room": ("waiting", ""), "other": ("hung_up", "ssh_legacy_barred")}


@pytest.mark.parametrize("classification", [Classification.ORDINARY, Classification.INTERNAL])
def test_below_that_it_takes_part(studio, classification):
    allow_old_ssh(studio, "other")

    assert {state for state, _ in states(studio.start(classified(studio, classification))).values()} == {"waiting"}


def test_with_fewer_than_two_others_nothing_is_started(studio):
    allow_old_ssh(studio, "room", "other")

    with pytest.raises(Refused) as error:
        studio.start(classified(studio))

    assert (error.value.reason, error.value.facts["rooms"]) == ("ssh_legacy_barred", "Phòng họp Cà Mau, Phòng họp Đắk Lắk")
    assert tables.running_sessions() == {}


def test_trying_it_again_changes_nothing_until_it_is_allowed_no_more(studio):
    allow_old_ssh(studio, "other")
    session_id = studio.start(classified(studio))
    leg = leg_of(tables.session_by_id(session_id), "other")

    control.retry_leg(session_id, leg.id, lead=studio.lead)
    still = states(session_id)["other"]
    allow_old_ssh(studio, "other", legacy="none")
    control.retry_leg(session_id, leg.id, lead=studio.lead)

    assert (still, states(session_id)["other"]) == (("hung_up", "ssh_legacy_barred"), ("waiting", ""))


def test_nothing_is_sent_to_it_and_the_others_meet_without_it(studio, run):
    allow_old_ssh(studio, "other")
    session_id = studio.start(classified(studio))
    run.until(lambda session: sum(leg.state == LegState.PROVEN for leg in session.legs) == 2)
    control.go_on_without(session_id, leg_of(tables.session_by_id(session_id), "other").id, lead=studio.lead)

    session = run.until(lambda one: one.state == SessionState.LIVE)
    control.end_session(session_id, lead=studio.lead)
    run.until(lambda one: one.state == SessionState.ENDED)

    assert (leg_of(session, "other").state, studio.codecs["other"].heard) == (LegState.LEFT_OUT, [])


def test_a_session_that_ends_with_it_still_waiting_for_a_decision_ends(studio, run):
    allow_old_ssh(studio, "other")
    session_id = studio.start(classified(studio))

    control.end_session(session_id, lead=studio.lead)

    assert run.until(lambda one: one.ended_at is not None).state in (SessionState.ENDED, SessionState.FAILED)
    assert studio.codecs["other"].heard == []
