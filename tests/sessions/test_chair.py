"""What the chair wants of a running session: written once, by who leads, and only while it runs."""

import unicodedata
from datetime import timedelta

import pytest
from chaired import Chaired

from roomctl.documents import agenda
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair, chair_messages, chair_tables, control, floor, tables
from roomctl.sessions.control import Lead
from roomctl.sessions.states import LegState, SessionState


@pytest.fixture
def chaired(app, set_clock):
    return Chaired()


DEEDS = {
    "mute all": lambda here, lead: chair.mute_all(here.session_id, lead=lead),
    "unmute all": lambda here, lead: chair.unmute_all(here.session_id, lead=lead),
    "give the floor": lambda here, lead: chair.give_floor(here.session_id, here.others[0], lead=lead),
    "next speaker": lambda here, lead: chair.next_speaker(here.session_id, after=None, lead=lead),
    "order": lambda here, lead: chair.set_speaking_order(here.session_id, here.others, lead=lead),
    "lock": lambda here, lead: chair.lock(here.session_id, True, lead=lead),
    "drop": lambda here, lead: chair.drop_leg(here.session_id, here.others[0], lead=lead),
    "message": lambda here, lead: chair_messages.send_message(here.session_id, "Xin chào", lead=lead),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_but_the_chair_and_the_host_rooms_panel_leads(chaired, deed):
    before = chaired.session.version
    for lead, error in ((Lead(user=chaired.place.clerk), NotAllowed), (Lead(panel_room_id=chaired.rooms[1].id), NotAllowed),
                        (Lead(panel_room_id=chaired.place.room.id), NotVisible)):
        with pytest.raises(error):
            DEEDS[deed](chaired, lead)

    assert (chaired.session.version, chaired.trail()) == (before, [])


@pytest.mark.parametrize("state", [SessionState.ENDING, SessionState.ENDED, SessionState.FAILED])
@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_is_wanted_of_a_session_that_ends(chaired, deed, state):
    chaired.put(state)

    with pytest.raises(Conflict) as refused:
        DEEDS[deed](chaired, chaired.lead)

    assert (refused.value.reason, chaired.trail()) == ("session_not_running", [])


@pytest.mark.parametrize("deed", [deed for deed in DEEDS if deed not in ("unmute all", "next speaker")])
def test_what_is_pressed_twice_is_done_once(chaired, deed):
    DEEDS[deed](chaired, chaired.lead)
    once = chaired.session.version

    DEEDS[deed](chaired, chaired.panel)

    assert (chaired.session.version, len(chaired.trail())) == (once, 1)


def test_muting_all_leaves_the_hosts_microphones_to_the_host(chaired):
    chair.mute_all(chaired.session_id, lead=chaired.lead)

    assert (chaired.session.all_muted, chaired.wishes()) == (True, [None, True, True, True])


def test_muting_all_leaves_the_floor_to_who_has_it(chaired):
    chair.give_floor(chaired.session_id, chaired.others[1], lead=chaired.lead)

    chair.mute_all(chaired.session_id, lead=chaired.lead)

    assert chaired.wishes() == [None, True, False, True]


def test_no_microphone_is_opened_that_the_chair_had_not_muted(chaired):
    chair.mute_all(chaired.session_id, lead=chaired.lead)
    chaired.put(leg=chaired.others[0], mute_wanted=None)

    chair.unmute_all(chaired.session_id, lead=chaired.lead)

    assert (chaired.session.all_muted, chaired.wishes()) == (False, [None, None, False, False])
    assert chaired.trail() == ["all_muted", "all_unmuted"]


def test_opening_all_where_nothing_was_muted_does_nothing(chaired):
    chair.unmute_all(chaired.session_id, lead=chaired.lead)

    assert (chaired.trail(), chaired.wishes()) == ([], [None] * 4)


def test_a_new_wish_is_carried_out_at_once(chaired, set_clock):
    chaired.put(mute_due_at=set_clock.at + timedelta(seconds=9))

    chair.mute_all(chaired.session_id, lead=chaired.lead)

    assert {leg.mute_due_at for leg in chaired.session.legs[1:]} == {None}


def test_the_floor_goes_from_one_room_to_the_next(chaired):
    chair.mute_all(chaired.session_id, lead=chaired.lead)
    for leg_id in chaired.others[:2]:
        chair.give_floor(chaired.session_id, leg_id, lead=chaired.lead)

    assert (chaired.session.floor_leg_id, chaired.wishes()) == (chaired.others[1], [None, True, False, True])


def test_the_floor_taken_back_mutes_who_had_it(chaired):
    chair.give_floor(chaired.session_id, chaired.others[0], lead=chaired.lead)

    chair.give_floor(chaired.session_id, None, lead=chaired.lead)

    assert (chaired.session.floor_leg_id, chaired.wishes()) == (None, [None, True, None, None])


def test_the_hosts_own_microphones_are_never_muted_when_the_floor_moves_on(chaired):
    chair.give_floor(chaired.session_id, chaired.host, lead=chaired.lead)

    chair.give_floor(chaired.session_id, chaired.others[0], lead=chaired.lead)

    assert chaired.wishes() == [None, False, None, None]


@pytest.mark.parametrize("state", [LegState.HUNG_UP, LegState.LEFT_OUT])
def test_who_is_not_there_is_given_no_floor(chaired, state):
    chaired.put(leg=chaired.others[0], state=state)

    with pytest.raises(Conflict, match="leg_moved_on"):
        chair.give_floor(chaired.session_id, chaired.others[0], lead=chaired.lead)


def test_a_leg_of_another_session_is_not_there(chaired):
    for deed in (lambda: chair.give_floor(chaired.session_id, 999, lead=chaired.lead),
                 lambda: chair.drop_leg(chaired.session_id, 999, lead=chaired.lead),
                 lambda: chair.set_speaking_order(chaired.session_id, [999], lead=chaired.lead)):
        with pytest.raises(NotVisible):
            deed()

    assert chaired.trail() == []


def test_a_room_that_joins_later_is_muted_like_the_others(chaired):
    leg = chaired.session.legs[1]

    before = floor.wish_for(chaired.session, leg)
    chair.mute_all(chaired.session_id, lead=chaired.lead)
    session = chaired.session

    assert (before, floor.wish_for(session, session.legs[1]), floor.wish_for(session, session.legs[0])) == (None, True, None)
    assert floor.wish_for(session, tables.Leg(kind=tables.LegKind.GUEST)) is None
    assert floor.wish_for(session, tables.Leg(kind=tables.LegKind.ROOM, room_id=987)) is True


# Speaking in turn


def test_the_next_speaker_is_the_first_of_the_order_and_leaves_it(chaired):
    first, _, third = chaired.others
    chair.set_speaking_order(chaired.session_id, [third, first, third], lead=chaired.lead)

    chair.next_speaker(chaired.session_id, after=None, lead=chaired.lead)

    assert (chaired.session.floor_leg_id, chaired.session.speaking_order, chaired.wishes()) == (third, [first], [None, None, None, False])


def test_the_next_speaker_pressed_twice_passes_over_nobody(chaired):
    first, second, _ = chaired.others
    chair.set_speaking_order(chaired.session_id, [first, second], lead=chaired.lead)
    for _ in range(2):
        chair.next_speaker(chaired.session_id, after=None, lead=chaired.lead)

    assert (chaired.session.floor_leg_id, chaired.session.speaking_order) == (first, [second])


def test_who_is_not_there_when_their_turn_comes_keeps_their_place(chaired):
    first, second, _ = chaired.others
    chair.set_speaking_order(chaired.session_id, [first, second], lead=chaired.lead)
    chaired.put(leg=first, state=LegState.HUNG_UP)

    chair.next_speaker(chaired.session_id, after=None, lead=chaired.lead)

    assert (chaired.session.floor_leg_id, chaired.session.speaking_order) == (second, [first])


def test_nobody_is_given_the_floor_when_nobody_waits(chaired):
    with pytest.raises(Conflict, match="nobody_waits_to_speak"):
        chair.next_speaker(chaired.session_id, after=None, lead=chaired.lead)


def test_the_proposed_order_is_the_host_first_and_then_vietnamese_order(chaired):
    session = chaired.session

    proposed = chair.proposed_order(session)

    rest = sorted(session.legs[1:], key=lambda leg: leg.room.order_key)
    assert proposed == [chaired.host, *(leg.id for leg in rest)]


def test_the_proposed_order_follows_the_agenda(studio):
    session_id = studio.start()
    session = tables.session_by_id(session_id)
    agenda.add_item(session.occurrence.conference_id, agenda.ItemFacts(
        title="Báo cáo", minutes=5, unit_ids=(studio.place.other_province.id, studio.place.province.id)), by=studio.place.clerk, key="a")

    proposed = chair.proposed_order(tables.session_by_id(session_id))

    by_room = {leg.room_id: leg.id for leg in session.legs}
    assert proposed == [by_room[room.id] for room in (studio.place.other_room, studio.place.room, studio.place.hall)]


# Locking and dropping


def test_a_lock_is_wanted_and_not_yet_read(chaired):
    chair.lock(chaired.session_id, True, lead=chaired.lead)

    assert (chaired.session.lock_wanted, chaired.session.locked, chaired.trail()) == (True, "unknown", ["session_lock_asked"])


def test_opening_what_nobody_locked_asks_the_bridge_for_nothing(chaired):
    chair.lock(chaired.session_id, False, lead=chaired.lead)

    assert (chaired.session.lock_wanted, chaired.trail()) == (None, [])


def test_where_no_bridge_mixes_nothing_can_be_locked(chaired):
    with chair.write_transaction():
        tables.session_for_update(chaired.session_id).topology = "multisite"

    with pytest.raises(Refused, match="lock_not_possible"):
        chair.lock(chaired.session_id, True, lead=chaired.lead)


def test_a_dropped_leg_is_to_be_hung_up_and_loses_the_floor_and_its_turn(chaired):
    leg_id = chaired.others[0]
    chair.set_speaking_order(chaired.session_id, chaired.others, lead=chaired.lead)
    chair.give_floor(chaired.session_id, leg_id, lead=chaired.lead)

    chair.drop_leg(chaired.session_id, leg_id, lead=chaired.lead)

    leg, session = chaired.leg(leg_id), chaired.session
    assert (leg.wanted, leg.state, leg.finding, session.floor_leg_id) == (False, LegState.PROVEN, "dropped_by_chair", None)
    assert leg_id not in session.speaking_order


def test_a_leg_that_was_never_dialled_is_left_out_at_once_and_may_be_tried_again(chaired):
    leg_id = chaired.others[0]
    chaired.put(leg=leg_id, state=LegState.WAITING)

    chair.drop_leg(chaired.session_id, leg_id, lead=chaired.lead)
    dropped = chaired.leg(leg_id).state
    control.retry_leg(chaired.session_id, leg_id, lead=chaired.lead)

    leg = chaired.leg(leg_id)
    assert (dropped, leg.state, leg.wanted, leg.finding) == (LegState.LEFT_OUT, LegState.WAITING, True, "")


def test_the_host_is_not_dropped(chaired):
    with pytest.raises(Refused, match="host_not_dropped"):
        chair.drop_leg(chaired.session_id, chaired.host, lead=chaired.lead)


# Messages


def test_a_message_waits_for_every_room_that_can_show_it(app, set_clock):
    here = Chaired(families=("cisco_roomos", "cisco_roomos", "lifesize_220", "cisco_roomos"))
    here.put(leg=here.others[2], state=LegState.HUNG_UP)

    message_id = chair_messages.send_message(here.session_id, "  Giải lao  15 phút ", lead=here.panel)

    [(message, deliveries)] = chair_tables.messages_of(here.session_id)
    assert (message.id, message.text, message.sent_by) == (message_id, "Giải lao 15 phút", None)
    assert [(one.leg_id, one.state) for one in deliveries] == [(here.host, "waiting"), (here.others[0], "waiting")]
    assert [leg.id for leg in chair_messages.deaf_to_messages(here.session)] == [here.others[1]]


def test_the_same_words_later_are_another_message(chaired, set_clock):
    for _ in range(2):
        chair_messages.send_message(chaired.session_id, phrase="break", lead=chaired.lead)
        set_clock.forward(seconds=31)

    assert len(chair_tables.messages_of(chaired.session_id)) == 2


@pytest.mark.parametrize(("text", "reason"), [
    ("", "message_missing"), ("   ", "message_missing"), ("x" * 121, "text_too_long"), ("a\x07b", "text_control"), ("a\nb", "text_control"),
    ("a\u202eb", "text_direction")])
def test_a_text_that_no_screen_should_show_is_not_sent(chaired, text, reason):
    with pytest.raises(InvalidInput) as refused:
        chair_messages.send_message(chaired.session_id, text, lead=chaired.lead)

    assert [problem.reason for problem in refused.value.problems] == [reason]
    assert chair_tables.messages_of(chaired.session_id) == []


def test_a_text_is_sent_in_one_form_however_it_was_typed(chaired):
    chair_messages.send_message(chaired.session_id, unicodedata.normalize("NFD", "Tạm nghỉ"), lead=chaired.lead)

    assert chair_tables.messages_of(chaired.session_id)[0][0].text == "Tạm nghỉ"


def test_from_mat_up_only_a_standing_phrase_goes_out(app, set_clock):
    here = Chaired(classification=Classification.CONFIDENTIAL)
    with pytest.raises(Refused, match="message_only_phrases"):
        chair_messages.send_message(here.session_id, "Tạm nghỉ", lead=here.lead)

    chair_messages.send_message(here.session_id, phrase="break", lead=here.lead)

    assert [message.text for message, _ in chair_tables.messages_of(here.session_id)] == [chair_messages.PHRASES["break"]]


def test_an_unknown_phrase_is_refused(chaired):
    with pytest.raises(InvalidInput):
        chair_messages.send_message(chaired.session_id, phrase="nonsense", lead=chaired.lead)


def test_where_no_codec_shows_messages_none_is_sent(app, set_clock):
    here = Chaired(families=("lifesize_220", "lifesize_220"), min_grade="B")

    with pytest.raises(Refused, match="message_nobody_can_show"):
        chair_messages.send_message(here.session_id, "Xin chào", lead=here.lead)


def test_every_phrase_fits_a_screen():
    assert all(0 < len(words) <= chair_messages.LONGEST for words in chair_messages.PHRASES.values())
