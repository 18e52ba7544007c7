"""What a chair wanted, carried out at simulated codecs and a bridge, and read back."""

from studio import leg_of

from roomctl.sessions import chair, chair_messages, chair_tables, control
from roomctl.sessions.desk import desk_of
from roomctl.sessions.states import LegState, SessionState


def live(studio, run) -> int:
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    return session_id


def muted(session) -> dict[str, str]:
    return {leg.device.name: leg.muted for leg in session.legs}


def test_all_are_muted_but_the_host_and_the_floor_goes_round(studio, run):
    session_id = live(studio, run)
    chair.mute_all(session_id, lead=studio.lead)
    session = run.until(lambda one: muted(one)["room"] == muted(one)["other"] == "yes")
    at_first = muted(session)["hall"]

    chair.give_floor(session_id, leg_of(session, "room").id, lead=studio.lead)
    session = run.until(lambda one: muted(one)["room"] == "no")

    assert (at_first, muted(session)["other"]) in (("no", "yes"), ("unknown", "yes"))
    assert desk_of(session_id, lead=studio.lead).speaking.leg_id == leg_of(session, "room").id


def test_a_conference_is_locked_when_the_bridge_says_so(studio, run):
    session_id = live(studio, run)

    chair.lock(session_id, True, lead=studio.lead)
    run.until(lambda one: one.locked == "yes")

    assert desk_of(session_id, lead=studio.lead).lock == "locked"


def test_a_message_is_taken_by_the_codecs(studio, run):
    session_id = live(studio, run)

    chair_messages.send_message(session_id, phrase="break", lead=studio.lead)
    run.until(lambda one: all(row.state != "waiting" for row in chair_tables.messages_of(session_id)[0][1]))

    assert {row.state for row in chair_tables.messages_of(session_id)[0][1]} == {"taken"}


def test_a_dropped_site_is_hung_up_and_not_dialled_again(studio, run):
    session_id = live(studio, run)
    leg_id = leg_of(run.until(lambda one: True), "other").id

    chair.drop_leg(session_id, leg_id, lead=studio.lead)
    session = run.until(lambda one: leg_of(one, "other").state in (LegState.HUNG_UP, LegState.LEFT_OUT))
    dropped = leg_of(session, "other")
    assert (dropped.finding, dropped.wanted) == ("dropped_by_chair", False)

    control.retry_leg(session_id, leg_id, lead=studio.lead)
    session = run.until(lambda one: leg_of(one, "other").state == LegState.PROVEN)
    assert leg_of(session, "other").finding == ""
