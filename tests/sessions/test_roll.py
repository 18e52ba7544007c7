"""Calling the roll: what was shown then, what was answered, and where it is kept."""

import json

import pytest
from chaired import Chaired

from roomctl import clock
from roomctl.booking.tables import occurrence_by_id
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair_messages, chair_tables, minutes, roll
from roomctl.sessions.circumstances import circumstances_of
from roomctl.sessions.control import Lead
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict


@pytest.fixture
def chaired(app, set_clock):
    return Chaired()


def marks(here) -> dict[int, tuple[str, str, str]]:
    here.session  # noqa: B018 - reads the database anew
    return {mark.leg_id: (mark.shown, mark.answer, mark.note) for mark in chair_tables.roll_calls_of(here.session_id)[-1][1]}


def test_a_roll_call_keeps_what_the_screen_showed_of_each_leg_and_nobodys_answer(chaired):
    chaired.put(leg=chaired.host, checked_at=clock.now(), verdict=Verdict.SECURE)
    chaired.put(leg=chaired.others[2], state=LegState.HUNG_UP)

    number = roll.call_roll(chaired.session_id, lead=chaired.panel)

    assert (number, chaired.trail()) == (1, ["roll_called"])
    first, second, third = chaired.others
    assert marks(chaired) == {chaired.host: ("proven", "", ""), first: ("unknown", "", ""), second: ("unknown", "", ""), third: ("hung_up", "", "")}


def test_a_roll_called_twice_at_once_is_one_and_later_it_is_another(chaired, set_clock):
    numbers = [roll.call_roll(chaired.session_id, lead=chaired.lead) for _ in range(2)]
    set_clock.forward(seconds=11)
    numbers.append(roll.call_roll(chaired.session_id, lead=chaired.lead))

    assert numbers == [1, 1, 2]


def test_answers_are_noted_and_the_others_stay_unasked(chaired):
    first, second, third = chaired.others
    number = roll.call_roll(chaired.session_id, lead=chaired.lead)

    roll.mark_roll(chaired.session_id, number, {first: "present", second: "absent"}, notes={second: " Mất  điện "}, lead=chaired.lead)
    roll.mark_roll(chaired.session_id, number, {first: "present"}, lead=chaired.lead)

    found = marks(chaired)
    assert [found[leg_id][1:] for leg_id in (first, second, third)] == [("present", ""), ("absent", "Mất điện"), ("", "")]
    assert chaired.trail() == ["roll_called", "roll_marked"]


@pytest.mark.parametrize(("number", "leg", "answer", "error"), [
    (1, "first", "maybe", InvalidInput), (2, "first", "present", NotVisible), (1, "nobody", "present", NotVisible)])
def test_what_cannot_be_noted_notes_nothing(chaired, number, leg, answer, error):
    roll.call_roll(chaired.session_id, lead=chaired.lead)

    with pytest.raises(error):
        roll.mark_roll(chaired.session_id, number, {chaired.others[0] if leg == "first" else 999: answer}, lead=chaired.lead)

    assert {answer for _, answer, _ in marks(chaired).values()} == {""}


def test_nobody_else_calls_the_roll_and_none_is_called_at_the_end(chaired):
    with pytest.raises(NotAllowed):
        roll.call_roll(chaired.session_id, lead=Lead(user=chaired.place.clerk))
    chaired.put(SessionState.ENDING)
    with pytest.raises(Conflict, match="session_not_running"):
        roll.call_roll(chaired.session_id, lead=chaired.lead)

    assert chair_tables.roll_calls_of(chaired.session_id) == []


def test_from_mat_up_no_words_are_kept_beside_an_answer(app, set_clock):
    here = Chaired(classification=Classification.CONFIDENTIAL)
    roll.call_roll(here.session_id, lead=here.lead)

    with pytest.raises(InvalidInput) as refused:
        roll.mark_roll(here.session_id, 1, {here.others[0]: "present"}, notes={here.others[0]: "đồng chí Nam"}, lead=here.lead)

    assert refused.value.problems[0].reason == "note_at_classified"
    assert {mark[1:] for mark in marks(here).values()} == {("", "")}


def test_the_minutes_hold_the_roll(chaired):
    roll.call_roll(chaired.session_id, lead=chaired.lead)
    roll.mark_roll(chaired.session_id, 1, {chaired.host: "present", chaired.others[0]: "absent"}, lead=chaired.lead)

    [called] = minutes.minutes_of(occurrence_by_id(chaired.occurrence_id)).roll_calls

    assert (called.number, called.called_at, called.count("present"), called.count("absent"), called.count("")) == (1, clock.now(), 1, 1, 2)
    assert called.answers[0].room == chaired.rooms[0].name
    assert [one.room for one in called.without("present")] == [one.room for one in called.answers[1:]]


def test_the_evidence_holds_the_roll_and_the_words_of_an_ordinary_conference(chaired):
    chair_messages.send_message(chaired.session_id, "Giải lao", lead=chaired.lead)
    roll.call_roll(chaired.session_id, lead=chaired.lead)
    roll.mark_roll(chaired.session_id, 1, {chaired.host: "present"}, lead=chaired.lead)

    around = circumstances_of(chaired.session)

    [message], [called] = around["messages"], around["roll_calls"]
    assert (message["text"], message["sent_by"], len(message["deliveries"])) == ("Giải lao", "Chủ trì", 4)
    assert message["deliveries"][0] == {"leg": chaired.host, "state": "waiting"}
    assert (called["number"], called["called_by"], called["marks"][0]) == (
        1, "Chủ trì", {"leg": chaired.host, "shown": "unknown", "answer": "present"})
    json.dumps(around)


@pytest.mark.parametrize("classification", [Classification.INTERNAL, Classification.CONFIDENTIAL])
def test_no_words_of_what_is_restricted_are_in_the_evidence(app, set_clock, classification):
    here = Chaired(classification=classification)
    chair_messages.send_message(here.session_id, phrase="break", lead=here.panel)

    [message] = circumstances_of(here.session)["messages"]

    assert (message["text"], message["sent_by"]) == (None, None)
