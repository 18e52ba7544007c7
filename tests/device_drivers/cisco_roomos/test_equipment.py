"""Microphones, cameras and the clock of RoomOS codecs: what the vendor's schemas 9.15 and 11.24 have paths for.

The schemas name paths and words; the layout of the time is of our own choice.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.cisco_roomos import protocol
from device_drivers.readings import Tri
from device_drivers.simulators.cisco_roomos import Firmware
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Deadlines

WITHOUT_FILES = settings(deadline=None, database=None)
IMPATIENT = Deadlines(silence_s=0.2, reply_s=0.5)
EXTRA = ["Audio Microphones Mute", "Audio Volume", "Standby State", "Diagnostics", protocol.MICROPHONES, protocol.CAMERAS, protocol.CLOCK]


def microphones(*words: Any) -> dict[str, Any]:
    return {"Status": {"Audio": {"Input": {"Connectors": {"Microphone": [
        {"id": str(number), "ConnectionStatus": {"Value": word}} for number, word in enumerate(words, start=1)]}}}}}


def cameras(*words: Any) -> dict[str, Any]:
    return {"Status": {"Cameras": {"Camera": [{"id": str(number), "Connected": {"Value": word}} for number, word in enumerate(words, start=1)]}}}


@pytest.mark.parametrize(("words", "found"), [
    (["Connected"], Tri.YES), (["NotConnected", "Connected"], Tri.YES), (["Unknown", "Connected"], Tri.YES), (["NotConnected"], Tri.NO),
    (["NotConnected", "NotConnected"], Tri.NO), (["NotConnected", "Unknown"], Tri.UNKNOWN), (["Unknown"], Tri.UNKNOWN),
    (["Plugged"], Tri.UNKNOWN), ([None], Tri.UNKNOWN), ([], Tri.UNKNOWN),
])
def test_one_connected_microphone_is_enough(words, found):
    assert protocol.microphone(microphones(*words), product="Codec Pro") is found


@pytest.mark.parametrize("product", ["Room Kit", "Room Kit Mini", "Desk Pro", "Board 70", "", "Encodec"])
def test_nothing_in_the_connectors_of_a_device_that_may_have_its_own_microphones_is_unknown(product):
    assert protocol.microphone(microphones("NotConnected", "NotConnected"), product=product) is Tri.UNKNOWN
    assert protocol.microphone(microphones("NotConnected", "Connected"), product=product) is Tri.YES


@pytest.mark.parametrize(("words", "found"), [
    (["True"], Tri.YES), (["False", "True"], Tri.YES), (["False"], Tri.NO), (["False", "False"], Tri.NO), (["False", "Perhaps"], Tri.UNKNOWN),
    (["Perhaps"], Tri.UNKNOWN), ([], Tri.UNKNOWN),
])
def test_one_connected_camera_is_enough(words, found):
    assert protocol.camera(cameras(*words)) is found


def test_a_camera_that_is_gone_is_not_counted():
    gone = {"Status": {"Cameras": {"Camera": [{"id": "1", "ghost": "True"}]}}}

    assert protocol.camera(gone) is Tri.UNKNOWN


anything = st.recursive(st.none() | st.text(max_size=12) | st.integers(),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                            st.sampled_from(["Status", "Audio", "Input", "Connectors", "Microphone", "ConnectionStatus", "Cameras", "Camera",
                                             "Connected", "Time", "SystemTime", "Value", "id", "ghost"]), inner, max_size=3), max_leaves=20)


@WITHOUT_FILES
@given(st.dictionaries(st.sampled_from(["Status", "ResultId"]), anything, max_size=2), st.text(max_size=20))
def test_no_reply_breaks_the_reading_of_equipment(reply, product):
    said = json.dumps(reply)

    found = protocol.microphone(reply, product=product), protocol.camera(reply)

    assert Tri.YES not in found or '"Value": "Connected"' in said or '"True"' in said or '"Connected"' in said
    assert protocol.clock_at(reply) is None or '"SystemTime"' in said


@pytest.mark.parametrize("has_json", [True, False])
def test_a_status_tells_of_microphone_camera_and_clock(office, has_json):
    codec = office.connect(office.codec(firmware=Firmware(has_json=has_json)))

    status = codec.status()

    assert (status.microphone, status.camera) == (Tri.YES, Tri.YES)
    assert abs(status.clock_at - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_muted_microphone_is_not_a_missing_one(office):
    simulator = office.codec()
    simulator.microphones_muted = True

    assert office.connect(simulator).status().microphone is Tri.YES


@pytest.mark.parametrize("has_json", [True, False])
def test_a_codec_pro_without_microphone_and_camera_says_so(office, has_json):
    simulator = office.codec(bad=BadDay(no_microphone=True, no_camera=True), firmware=Firmware(product="Codec Pro", has_json=has_json))

    status = office.connect(simulator).status()

    assert (status.microphone, status.camera) == (Tri.NO, Tri.NO)


@pytest.mark.parametrize("off_s", [-7200.0, 7200.0])
def test_a_clock_that_is_off_is_told_as_it_is(office, off_s):
    status = office.connect(office.codec(bad=BadDay(clock_off_s=off_s))).status()

    assert abs(status.clock_at - datetime.now(UTC) - timedelta(seconds=off_s)) < timedelta(seconds=5)


def test_a_time_without_its_zone_is_unknown(office):
    assert office.connect(office.codec(firmware=Firmware(tells_offset=False))).status().clock_at is None


@pytest.mark.parametrize("wraps_errors", [True, False])
@pytest.mark.parametrize("has_json", [True, False])
def test_older_firmware_without_these_paths_keeps_its_status(office, has_json, wraps_errors):
    firmware = Firmware(has_json=has_json, wraps_errors=wraps_errors, lacks=tuple(EXTRA))

    status = office.connect(office.codec(firmware=firmware)).status()

    assert (status.registered, status.microphone, status.camera, status.clock_at) == (Tri.YES, Tri.UNKNOWN, Tri.UNKNOWN, None)
    assert {one.value for one in status.measured if one.name in ("volume", "standby_state", "diagnostics_count")} == {None}


@pytest.mark.parametrize("has_json", [True, False])
@pytest.mark.parametrize("path", EXTRA)
def test_a_codec_that_is_silent_to_one_extra_question_is_waited_for_once_and_never_asked_that_again(office, path, has_json):
    simulator = office.codec(firmware=Firmware(has_json=has_json))
    codec = office.connect(simulator, deadlines=IMPATIENT)
    whole = codec.status()
    simulator.bad.silent_to = f"xStatus {path}"
    before = len(simulator.heard)
    started = time.monotonic()

    first, second = codec.status(), codec.status()

    assert time.monotonic() - started < 2 * IMPATIENT.silence_s + 2
    assert [line.partition(" |")[0] for line in simulator.heard[before:]].count(f"xStatus {path}") == 1
    assert first.registered is second.registered is Tri.YES
    lost = {protocol.MICROPHONES: "microphone", protocol.CAMERAS: "camera", protocol.CLOCK: "clock_at"}.get(path)
    for name in {"microphone", "camera"} - {lost}:
        assert getattr(first, name) is getattr(second, name) is getattr(whole, name) is Tri.YES
    if lost:
        assert getattr(first, lost) in (Tri.UNKNOWN, None) and getattr(second, lost) in (Tri.UNKNOWN, None)
    else:
        assert None not in (first.clock_at, second.clock_at)


def test_a_codec_that_is_silent_to_all_extra_questions_costs_two_deadlines_a_look(office):
    simulator = office.codec(firmware=Firmware())
    codec = office.connect(simulator, deadlines=IMPATIENT)
    codec.identify()
    ignores = simulator.ignores
    simulator.ignores = lambda command: any(command.startswith(f"xStatus {path}") for path in EXTRA) or ignores(command)
    started = time.monotonic()

    status = codec.status()

    assert 2 * IMPATIENT.silence_s <= time.monotonic() - started < 2 * IMPATIENT.silence_s + 0.5
    assert (status.registered, status.microphone, status.camera, status.clock_at) == (Tri.YES, Tri.UNKNOWN, Tri.UNKNOWN, None)


def test_a_late_answer_to_an_extra_question_is_not_taken_for_the_next_ones(office):
    simulator = office.codec()
    codec = office.connect(simulator, deadlines=IMPATIENT)
    codec.identify()
    ignores, waited = simulator.ignores, []

    def slow(command: str) -> bool:
        if command.startswith("xStatus Audio Volume") and not waited:
            waited.append(command)
            time.sleep(1.5 * IMPATIENT.silence_s)
        return ignores(command)

    simulator.ignores = slow

    status = codec.status()

    found = {one.name: one.value for one in status.measured}
    assert (found["volume"], found["standby_state"], found["microphones_muted"]) == (None, "Off", "Off")
    assert (status.microphone, status.camera) == (Tri.YES, Tri.YES)
