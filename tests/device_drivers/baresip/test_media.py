"""How encrypted recorded calls are read to be: never better than what was printed."""

import json
import re

import pytest

from device_drivers.baresip import media
from device_drivers.baresip.protocol import call_id_in
from device_drivers.readings import Encryption, Grade, Tri

SUITE = "AES_CM_128_HMAC_SHA1_80"


def read(call: dict[str, str], told: dict[str, str] | None = None, **changed: str | None) -> Encryption:
    printed: dict[str, str | None] = {name: call[name] for name in ("callstat", "audio_debug", "video_debug", "sipstat")}
    printed |= {media.AFTER: call["callstat"], **changed}
    return media.encryption(printed, call_id_in(call["callstat"]) or "", told or {})


@pytest.mark.parametrize("name", ["encrypted, caller", "encrypted, called", "optional at both ends", "over TLS, caller", "over TLS, called"])
def test_a_call_whose_streams_are_all_secure_is_proven_stream_by_stream(recorded, name):
    reading = read(recorded[name])

    assert (reading.grade, reading.encrypted, reading.suite) == (Grade.A, Tri.YES, SUITE)
    assert {(one.media, one.direction, one.encrypted) for one in reading.streams} == {
        (medium, direction, Tri.YES) for medium in ("audio", "video") for direction in ("incoming", "outgoing")}
    assert reading.has_media_both_ways


@pytest.mark.parametrize("name", ["downgraded, caller", "downgraded, called"])
def test_an_established_call_that_was_downgraded_is_not_encrypted_at_either_end(recorded, name):
    assert name == "downgraded, called" or "menc: srtp (" in recorded[name]["audio_debug"]  # The wish still stands there.

    reading = read(recorded[name])

    assert (reading.encrypted, reading.suite) == (Tri.NO, None)
    assert all(one.encrypted is Tri.NO for one in reading.streams)


def test_a_call_whose_dtls_never_finishes_is_not_encrypted(recorded):
    reading = read(recorded["dtls unfinished"])

    assert (reading.grade, reading.encrypted, reading.streams) == (Grade.NONE, Tri.NO, ())


@pytest.mark.parametrize("name", ["ringing", "being called", "unreachable"])
def test_a_call_that_is_not_established_proves_nothing_either_way(recorded, name):
    reading = read(recorded[name])

    assert (reading.grade, reading.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_a_picture_that_the_bridge_left_out_counts_for_nothing(recorded):
    reading = read(recorded["bridge takes audio only"])

    assert (reading.grade, reading.encrypted) == (Grade.A, Tri.YES)
    assert {one.media for one in reading.streams} == {"audio"}


def test_a_held_call_has_no_media_both_ways(recorded):
    reading = read(recorded["encrypted, held"])

    assert (reading.grade, reading.has_media_both_ways) == (Grade.A, False)


def test_one_stream_in_clear_makes_the_call_clear(recorded):
    call = recorded["encrypted, caller"]

    reading = read(call, video_debug=call["video_debug"].replace("secure=yes", "secure=no"))

    assert reading.encrypted is Tri.NO
    assert {one.media for one in reading.streams if one.encrypted is Tri.NO} == {"video"}


def test_a_picture_that_is_clear_and_shows_nothing_yet_makes_the_call_clear(recorded):
    call = recorded["encrypted, caller"]
    still = re.sub(r"rcvd=\d+|TX: packets=\d+", lambda found: found[0].rstrip("0123456789") + "0", call["video_debug"])

    assert read(call, video_debug=still.replace("secure=yes", "secure=no")).encrypted is Tri.NO


@pytest.mark.parametrize("told", ["audio_debug", "video_debug"])
def test_a_stream_that_is_not_told_about_is_not_proven(recorded, told):
    reading = read(recorded["encrypted, caller"], **{told: None})

    assert reading.encrypted is Tri.UNKNOWN


def test_a_medium_that_no_command_tells_about_is_not_proven(recorded):
    call = recorded["encrypted, caller"]

    third = "application RTP/SAVP\n  local attributes:\n  remote attributes:\n"

    reading = read(call, callstat=call["callstat"].replace("local media:", third + "local media:"))

    assert reading.encrypted is Tri.UNKNOWN


def test_secure_without_a_key_of_the_other_end_is_a_contradiction_and_proves_nothing(recorded):
    reading = read(recorded["downgraded, caller"], audio_debug=recorded["encrypted, caller"]["audio_debug"],
                   video_debug=recorded["encrypted, caller"]["video_debug"])

    assert (reading.encrypted, reading.suite) == (Tri.UNKNOWN, None)


def test_ends_that_name_different_suites_prove_nothing(recorded):
    call = recorded["encrypted, caller"]
    local, sign, remote = call["callstat"].rpartition("remote attributes:")

    reading = read(call, callstat=local + sign + remote.replace(SUITE, "AES_256_CM_HMAC_SHA1_80"))

    assert reading.encrypted is Tri.UNKNOWN


def test_streams_with_different_suites_name_both(recorded):
    call = recorded["encrypted, caller"]
    sound, sign, picture = call["callstat"].partition("video RTP")

    reading = read(call, callstat=sound + sign + picture.replace(SUITE, "AES_CM_128_HMAC_SHA1_32"))

    assert reading.suite == "AES_CM_128_HMAC_SHA1_32 and AES_CM_128_HMAC_SHA1_80"


def test_an_event_that_names_another_suite_than_the_call_shows_proves_nothing(recorded):
    assert read(recorded["encrypted, caller"], {"audio": SUITE, "video": SUITE}).encrypted is Tri.YES
    assert read(recorded["encrypted, caller"], {"audio": "AES_CM_128_HMAC_SHA1_32"}).encrypted is Tri.UNKNOWN


def test_sound_that_does_not_flow_both_ways_yet_proves_nothing(recorded):
    call = recorded["encrypted, caller"]

    reading = read(call, audio_debug=re.sub(r"rcvd=\d+", "rcvd=0", call["audio_debug"]))

    assert (reading.grade, reading.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_a_call_that_changed_while_it_was_read_proves_nothing(recorded):
    call = recorded["encrypted, caller"]

    assert read(call, **{media.AFTER: "\n(no active calls)\n"}).encrypted is Tri.UNKNOWN
    assert read(call, **{media.AFTER: recorded["over TLS, caller"]["callstat"]}).encrypted is Tri.UNKNOWN


@pytest.mark.parametrize(("name", "says"), [("encrypted, caller", media.NOT_TLS), ("encrypted, called", media.NOT_TLS),
                                            ("over TLS, caller", media.TLS), ("over TLS, called", media.TLS)])
def test_the_evidence_says_whether_the_keys_travelled_in_clear(recorded, name, says):
    assert json.loads(read(recorded[name]).raw)["signalling"] == says


def test_a_wish_for_tls_without_a_connection_is_not_tls(recorded):
    reading = read(recorded["over TLS, caller"], sipstat=recorded["idle"]["sipstat"])

    assert json.loads(reading.raw)["signalling"] == media.NOT_TLS


def test_the_evidence_holds_what_was_printed_and_none_of_the_keys(recorded):
    raw = read(recorded["encrypted, caller"]).raw

    assert "secure=yes" in raw and SUITE in raw
    assert "SRTPkey" not in raw and "inline:(withheld)" in raw


@pytest.mark.parametrize("broken", [("secure=yes", "secure=maybe"),
                                    ("secure=yes)", "secure=yes)\n menc: x (secure=yes)"), ("dir=sendrecv", "dir=sideways")])
def test_a_stream_in_words_nobody_knows_is_not_proven(recorded, broken):
    call = recorded["encrypted, caller"]

    assert read(call, audio_debug=call["audio_debug"].replace(*broken)).encrypted is Tri.UNKNOWN
