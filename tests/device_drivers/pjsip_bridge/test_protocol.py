"""What the PJSIP bridge said, as values."""

import json
from pathlib import Path

import pytest

from device_drivers.errors import CommandRefused, UnexpectedReply
from device_drivers.pjsip_bridge import protocol
from device_drivers.readings import Tri

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())
SUITE = "AES_CM_128_HMAC_SHA1_80"
AUDIO, VIDEO = "  #0 audio PCMU @8kHz, sendrecv, peer=192.0.2.1:4000", "  #1 video VP8, sendrecv, peer=192.0.2.1:4002"
LEFT_OUT = "  #1 unknown deactivated"
ACTIVE, CLEAR = f"     SRTP status: Active Crypto-suite: {SUITE}", "     SRTP status: Not active Crypto-suite: "


def mixed(**changed) -> dict:
    """Return the recorded conference with something else in its first caller."""
    answer = json.loads(json.dumps(RECORDED["mixed"]))
    answer["callers"][0] |= changed
    return answer


def line(number: int, answer: dict) -> bytes:
    return json.dumps({"number": number, "answer": answer}, ensure_ascii=False).encode() + b"\n"


def test_a_bridge_says_who_it_is():
    identity = protocol.identity(RECORDED["identify"])

    assert (identity.model, identity.firmware, identity.uptime_s, identity.simulated) == ("PJSIP conference bridge", "2.15.1", 0, False)
    assert identity.serial == RECORDED["identify"]["instance"]


@pytest.mark.parametrize("changed", [{"product": ""}, {"product": None}, {"version": 2}])
def test_a_bridge_that_does_not_say_who_it_is_is_not_believed(changed):
    with pytest.raises(UnexpectedReply):
        protocol.identity(RECORDED["identify"] | changed)


@pytest.mark.parametrize("uptime", [None, -1, "5", True, 1.5])
def test_an_uptime_that_is_no_count_of_seconds_is_unknown(uptime):
    assert protocol.identity(RECORDED["identify"] | {"uptime_s": uptime}).uptime_s is None


def test_callers_are_listed_by_the_address_that_is_dialled_with_what_pjsip_says_of_their_media():
    conference = protocol.conference(RECORDED["mixed"])

    assert (conference.address, conference.locked) == ("bridge@127.10.1.200", Tri.NO)
    assert [(one.remote, one.encrypted, one.suite) for one in conference.participants] == [
        ("room1@127.10.1.1", Tri.YES, SUITE), ("room2@127.10.1.2", Tri.NO, None), ("room3@127.10.1.3", Tri.YES, SUITE)]
    assert [one.id for one in conference.participants] == [one["call"] for one in RECORDED["mixed"]["callers"]]
    assert json.loads(conference.raw) == RECORDED["mixed"]


def test_a_locked_conference_says_so_and_one_that_does_not_say_is_unknown():
    assert protocol.conference(RECORDED["locked"]).locked is Tri.YES
    assert protocol.conference({name: value for name, value in RECORDED["locked"].items() if name != "locked"}).locked is Tri.UNKNOWN


def test_an_empty_conference_has_nobody():
    assert protocol.conference(RECORDED["nobody"]).participants == ()


@pytest.mark.parametrize(("said", "encrypted"), [
    ([AUDIO, ACTIVE, LEFT_OUT], Tri.YES),
    ([AUDIO, CLEAR, LEFT_OUT], Tri.NO),
    ([AUDIO, ACTIVE, VIDEO, CLEAR], Tri.NO),
    ([AUDIO, CLEAR, VIDEO, ACTIVE], Tri.NO),
    ([AUDIO, ACTIVE, VIDEO], Tri.UNKNOWN),
    ([AUDIO, LEFT_OUT], Tri.UNKNOWN),
    ([AUDIO, "     SRTP status: Active Crypto-suite: "], Tri.UNKNOWN),
    ([AUDIO, "     SRTP status: Perhaps"], Tri.UNKNOWN),
    ([ACTIVE], Tri.UNKNOWN),
    ([LEFT_OUT, ACTIVE], Tri.UNKNOWN),
    ([LEFT_OUT], Tri.UNKNOWN),
    ([], Tri.UNKNOWN),
])
def test_a_call_is_as_encrypted_as_the_worst_of_its_media_and_what_is_not_said_is_unknown(said, encrypted):
    assert protocol.media(said, is_up=True).encrypted is encrypted


def test_two_media_with_different_suites_name_both():
    other = ACTIVE.replace(SUITE, "AES_256_GCM")

    assert protocol.media([AUDIO, ACTIVE, VIDEO, other], is_up=True) == protocol.Media(Tri.YES, f"AES_256_GCM and {SUITE}")


@pytest.mark.parametrize("state", ["CONNECTING", "EARLY", "", None])
def test_a_call_that_is_not_up_yet_is_not_called_encrypted(state):
    assert protocol.conference(mixed(state=state)).participants[0].encrypted is Tri.UNKNOWN


@pytest.mark.parametrize("changed", [{"call": ""}, {"call": 3}, {"remote": None}, {"remote": ""}, {"media": "SRTP"}, {"media": None}])
def test_a_caller_that_cannot_be_read_is_an_error_and_never_left_out(changed):
    with pytest.raises(UnexpectedReply):
        protocol.conference(mixed(**changed))


@pytest.mark.parametrize("answer", [{}, {"address": "x@y"}, {"address": "x@y", "callers": {}}, {"address": "x@y", "callers": ""},
                                    {"address": "x@y", "callers": [None]}, {"address": 3, "callers": []}])
def test_an_answer_without_a_list_of_callers_is_an_error_and_never_an_empty_conference(answer):
    with pytest.raises(UnexpectedReply):
        protocol.conference(answer)


@pytest.mark.parametrize(("remote", "address"), [
    ("<sip:room1@127.0.1.1>", "room1@127.0.1.1"), ("sip:room1@127.0.1.1", "room1@127.0.1.1"),
    ("sips:room1@a.example;transport=tls", "room1@a.example"),
    ('"Phòng <1>" <sip:room1@127.0.1.1:5062;ob>', "room1@127.0.1.1:5062"), ("<SIP:room1@h?x=y>", "room1@h"), ("", ""), ("nobody", "nobody"),
    ("<sip:host.only>", "<sip:host.only>"), ('"sip:room9@evil" <sip:room1@127.0.1.1>', "room1@127.0.1.1"),
])
def test_the_address_is_the_one_between_the_brackets(remote, address):
    assert protocol.address_in(remote) == address


@pytest.mark.parametrize("asked", ["conference", "drop", "sing"])
def test_a_refusal_is_told_with_its_reason(asked):
    answer = RECORDED[f"refused {asked}"]

    with pytest.raises(CommandRefused) as refusal:
        protocol.accepted(answer, asked=asked)

    assert refusal.value.reason == answer["error"]


def test_answers_are_read_the_same_wherever_they_are_cut():
    told = {**RECORDED["mixed"], "note": "Phòng họp số 1"}  # Letters of several bytes, cut inside one too.
    data = b"PJSIP greets\r\n" + line(1, told) + b"[1]\n{\"number\": 2}\n" + line(2, RECORDED["nobody"])

    for size in (1, 2, 3, 7, 64, 1000, len(data)):
        reader = protocol.AnswerReader()
        answers = [answer for start in range(0, len(data), size) for answer in reader.feed(data[start : start + size])]
        assert answers == [(1, told), (2, RECORDED["nobody"])], size


def test_an_answer_that_is_cut_off_is_none_yet():
    reader = protocol.AnswerReader()

    assert reader.feed(line(1, RECORDED["mixed"])[:-1]) == []
    assert reader.feed(b"\n") == [(1, RECORDED["mixed"])]


def test_a_line_without_end_is_not_kept():
    reader = protocol.AnswerReader()
    reader.feed(b"{" * (protocol.LONGEST_LINE + 1))

    assert reader.feed(b"\n" + line(3, RECORDED["nobody"])) == [(3, RECORDED["nobody"])]


def test_a_question_is_one_line_whatever_is_in_it():
    asked = protocol.question(7, "conference", address='bridge@x\n{"do": "lock"}')

    assert asked.count(b"\n") == 1 and json.loads(asked)["address"].startswith("bridge@x\n")
