"""The baresip driver: against what was recorded, and against its simulator."""

import threading

import pytest

from device_drivers.errors import CommandRefused, ConnectionLost, LoginRefused, UnexpectedReply, UnsafeValue
from device_drivers.readings import CallState, EncryptionSetting, Grade, Tri
from device_drivers.simulators.baresip import BaresipBadDay, SimulatedBaresip
from device_drivers.simulators.network import Timing
from tests.device_drivers.baresip.conftest import asked_in

SUITE = "AES_CM_128_HMAC_SHA1_80"
SETTINGS = {EncryptionSetting.ON: "srtp-mand", EncryptionSetting.BEST_EFFORT: "srtp", EncryptionSetting.OFF: "none"}


def room(office, name: str = "room1", **facts) -> SimulatedBaresip:
    return office.codec(name, kind=SimulatedBaresip, **facts)


def in_call(office, eventually, *, bad: BaresipBadDay | None = None, **facts):
    """Return a driver, its room, and the id of a call with media to another room."""
    room(office, "room2")
    simulator = room(office, bad=bad, **facts)
    driver = office.connect(simulator)
    call_id = driver.dial("room2@vc.example")
    eventually(lambda: all(link.has_media for link in simulator.calls_up().values()))
    return driver, simulator, call_id


# Against what was recorded


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_recorded_call_is_read_as_proven_however_it_is_cut(recorded, replaying, size):
    driver, _ = replaying({**recorded["encrypted, caller"], "callfind": ""},
                          cut=lambda data: [data[at : at + size] for at in range(0, len(data), size)])

    (call,) = driver.calls()
    reading = driver.read_encryption(call.id)

    assert (call.state, call.remote) == (CallState.CONNECTED, "room2@10.0.0.2:15060")
    assert (reading.grade, reading.encrypted, reading.suite) == (Grade.A, Tri.YES, SUITE)


def test_the_events_of_the_keys_become_evidence(recorded, replaying):
    driver, _ = replaying({**recorded["encrypted, caller"], "callfind": ""}, {"listcalls": recorded["encrypted, caller"]["events"]})
    (call,) = driver.calls()

    assert f'"events": {{"audio": "{SUITE}", "video": "{SUITE}"}}' in driver.read_encryption(call.id).raw


def test_recorded_refusals_are_told_with_their_reason(recorded, replaying):
    for name, reason in (("refused 488", "488 Not Acceptable Here"), ("refused 404", "404 Not Found")):
        driver, _ = replaying({"listcalls": recorded["idle"]["listcalls"], "dial": ""}, {"dial": recorded[name]["events"]})

        with pytest.raises(CommandRefused) as refusal:
            driver.dial("room4@10.0.0.4:15060")

        assert refusal.value.reason == reason


def test_a_dial_that_nothing_is_heard_of_is_found_by_looking(recorded, replaying):
    printed = {"listcalls": recorded["idle"]["listcalls"], "dial": "", "callstat": recorded["unreachable"]["callstat"]}
    driver, shell = replaying(printed)

    call_id = driver.dial("room9@10.0.9.9:15060")

    assert f"id={call_id}\n" in printed["callstat"]
    assert [command["command"] for sent in shell.sent for command in asked_in(sent)] == ["listcalls", "dial", "callstat"]


def test_the_end_of_a_call_is_remembered_with_baresips_words(recorded, replaying):
    driver, _ = replaying({"listcalls": recorded["idle"]["listcalls"], "callstat": recorded["idle"]["callstat"]},
                          {"listcalls": recorded["hung up"]["events"]})
    ended = next(event["id"] for event in recorded["hung up"]["events"] if event["type"] == "CALL_CLOSED")

    assert driver.calls() == ()
    assert driver.why_ended(ended) == "Connection reset by user"
    assert driver.why_ended("never heard of") is None


def test_the_recorded_room_pc_is_ready(recorded, replaying):
    driver, _ = replaying(recorded["idle"])

    status = driver.status()

    assert (status.registered, status.registration, status.can_encrypt, status.calls) == (Tri.YES, "no registrar wanted (regint=0)", Tri.YES, ())
    assert driver.encryption_setting() is EncryptionSetting.ON


def test_case_27_a_flood_of_events_hides_no_reply_and_fills_no_memory(recorded, replaying):
    flood = [{"event": True, "type": "CALL_RTCP", "id": str(number), "param": "audio"} for number in range(5000)]
    driver, _ = replaying(recorded["idle"], {"sysinfo": flood})

    assert driver.identify().firmware
    assert (len(driver.events), driver.events_dropped) == (500, 4500)


def test_a_connection_whose_framing_is_lost_is_closed(replaying):
    driver, shell = replaying({})
    shell._answer = lambda _: b"4444:{}garbage" * 400

    with pytest.raises(UnexpectedReply):
        driver.identify()

    assert not driver.is_open


def test_only_the_room_pc_s_own_accounts_may_be_one(recorded, replaying):
    two = recorded["idle"]["reginfo"].replace("Agents (1)", "Agents (2)").rstrip() + "\n  sip:private@10.0.0.1\n"
    driver, shell = replaying({**recorded["idle"], "reginfo": two})

    with pytest.raises(CommandRefused, match="other accounts"):
        driver.set_encryption(EncryptionSetting.OFF)

    assert not any(b"uanew" in sent or b"uadel" in sent for sent in shell.sent)


def test_the_sip_password_comes_back_in_no_error(recorded, replaying):
    printed = {"listcalls": recorded["idle"]["listcalls"], "reginfo": recorded["registered"]["reginfo"], "uastat": recorded["registered"]["uastat"]}
    driver, shell = replaying(printed)

    with pytest.raises(CommandRefused) as refusal:
        driver.set_encryption(EncryptionSetting.OFF)

    assert b"auth_pass=secret-of-the-account" in shell.sent[-1]  # The new account needs it.
    assert "secret-of-the-account" not in str(refusal.value) + refusal.value.asked


# Against the simulator


@pytest.mark.parametrize("setting", list(EncryptionSetting))
def test_a_setting_is_changed_and_read_back(office, setting):
    simulator = room(office, encryption="srtp")
    driver = office.connect(simulator)

    assert driver.set_encryption(setting) is setting
    assert driver.encryption_setting() is setting
    assert (len(simulator.accounts), simulator.setting) == (1, SETTINGS[setting])


def test_a_setting_that_stands_already_makes_no_new_account(office):
    simulator = room(office, encryption="srtp-mand")

    office.connect(simulator).set_encryption(EncryptionSetting.ON)

    assert not any(command.startswith("uanew") for command in simulator.heard)


def test_a_setting_that_is_not_taken_is_read_back_as_what_it_is(office):
    driver = office.connect(room(office, encryption="none", bad=BaresipBadDay(setting_does_nothing=True)))

    assert driver.set_encryption(EncryptionSetting.ON) is EncryptionSetting.OFF


def test_a_display_name_survives_a_change_of_setting(office):
    simulator = room(office, display_name="Phòng họp Ủy ban")

    office.connect(simulator).set_encryption(EncryptionSetting.OFF)

    assert simulator.accounts[0].startswith('"Phòng họp Ủy ban" <sip:room1@vc.example>')


def test_a_controller_killed_between_the_two_accounts_leaves_a_room_that_the_next_one_puts_right(office):
    simulator = room(office, encryption="none", bad=BaresipBadDay(is_interrupted_while_setting=True))
    with pytest.raises(ConnectionLost):
        office.connect(simulator).set_encryption(EncryptionSetting.ON)
    assert len(simulator.accounts) == 2
    simulator.bad.is_interrupted_while_setting = False

    driver = office.connect(simulator)

    assert driver.encryption_setting() is EncryptionSetting.OFF
    assert driver.set_encryption(EncryptionSetting.ON) is EncryptionSetting.ON
    assert (len(simulator.accounts), simulator.setting) == (1, "srtp-mand")


def test_a_setting_is_not_changed_in_a_call(office, eventually):
    driver, simulator, _ = in_call(office, eventually)

    with pytest.raises(CommandRefused, match="a call is up"):
        driver.set_encryption(EncryptionSetting.OFF)

    assert len(simulator.calls_up()) == 1 and simulator.setting == "srtp-mand"


def test_both_ends_of_a_call_are_proven(office, eventually):
    room(office, "room2")
    first, second = room(office), office._simulators[0]
    caller, called = office.connect(first), office.connect(second)
    call_id = caller.dial("room2@vc.example")
    eventually(lambda: all(link.has_media for link in first.calls_up().values()))

    for end in (caller, called):
        (call,) = end.calls()
        reading = end.read_encryption(call.id)
        assert (call.id, reading.grade, reading.encrypted, reading.suite) == (call_id, Grade.A, Tri.YES, SUITE)


def test_a_connection_made_in_the_middle_of_a_call_proves_it_too(office, eventually):
    _, simulator, call_id = in_call(office, eventually)

    reading = office.connect(simulator).read_encryption(call_id)

    assert (reading.grade, reading.encrypted) == (Grade.A, Tri.YES)


@pytest.mark.parametrize("bad", [BaresipBadDay(lies=True), BaresipBadDay(clear_content=True), BaresipBadDay(drifts_after_s=0.0)])
def test_a_call_in_clear_is_read_as_clear_whatever_the_wish(office, eventually, bad):
    room(office, "room2", encryption="srtp")
    simulator = room(office, encryption="srtp", bad=bad)
    driver = office.connect(simulator)
    call_id = driver.dial("room2@vc.example")
    eventually(lambda: all(link.has_media for link in simulator.calls_up().values()))

    eventually(lambda: driver.read_encryption(call_id).encrypted is Tri.NO)


def test_a_room_without_srtp_cannot_encrypt_whatever_its_account_wishes(office):
    driver = office.connect(room(office, bad=BaresipBadDay(has_no_srtp=True)))

    assert driver.status().can_encrypt is Tri.NO
    assert driver.encryption_setting() is EncryptionSetting.ON


@pytest.mark.parametrize(("bad", "encrypted"), [(BaresipBadDay(audio_one_way=True), Tri.UNKNOWN), (BaresipBadDay(second_suite="NULL"), Tri.UNKNOWN),
                                                (BaresipBadDay(takes_audio_only=True), Tri.YES)])
def test_what_a_call_lacks_is_not_made_up(office, eventually, bad, encrypted):
    driver, _, call_id = in_call(office, eventually, bad=bad)

    assert driver.read_encryption(call_id).encrypted is encrypted


def test_a_call_that_still_rings_proves_nothing(office):
    room(office, "room2")
    driver = office.connect(room(office, timing=Timing(ring_s=30, media_s=0)))

    reading = driver.read_encryption(driver.dial("room2@vc.example"))

    assert (reading.grade, reading.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_the_encryption_of_a_call_that_is_not_there_is_unknown(office, eventually):
    driver, *_ = in_call(office, eventually)

    assert driver.read_encryption("0123456789abcdef").encrypted is Tri.UNKNOWN


def test_a_dial_that_comes_to_nothing_is_refused_with_the_reason(office):
    room(office, "room2", encryption="none")
    driver = office.connect(room(office))

    with pytest.raises(CommandRefused, match="488 Not Acceptable Here"):
        driver.dial("room2@vc.example")
    with pytest.raises(CommandRefused, match="404 Not Found"):
        driver.dial("nobody@vc.example")


def test_a_dial_that_does_nothing_is_refused(office):
    driver = office.connect(room(office, bad=BaresipBadDay(dial_does_nothing=True)))

    with pytest.raises(CommandRefused, match="no call came up"):
        driver.dial("room2@vc.example")


def test_case_21_a_second_dial_is_refused_and_nothing_is_dialled(office, eventually):
    driver, simulator, _ = in_call(office, eventually)

    with pytest.raises(CommandRefused, match=r"a call is up already: room2@vc\.example"):
        driver.dial("room2@vc.example")

    assert len(simulator.dialled) == 1


def test_case_21_two_dials_at_once_make_one_call(office):
    room(office, "room2")
    simulator = room(office)
    driver = office.connect(simulator)
    outcomes: list[object] = []

    def dial() -> None:
        try:
            outcomes.append(driver.dial("room2@vc.example"))
        except CommandRefused as error:
            outcomes.append(error)

    threads = [threading.Thread(target=dial) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CommandRefused", "str"]
    assert len(simulator.dialled) == 1


def test_case_21_a_call_that_nobody_asked_for_is_seen_beside_ours_and_ours_is_the_one_hung_up(office, eventually):
    driver, simulator, ours = in_call(office, eventually)
    room(office, "room3")
    other = simulator.dial_from_remote_control("room3@vc.example")

    assert {call.id: call.remote for call in driver.calls()} == {ours: "room2@vc.example", other: "room3@vc.example"}
    driver.hang_up(ours)

    assert [call.id for call in driver.calls()] == [other]


def test_a_hung_up_call_is_gone_and_says_why(office, eventually):
    driver, _, call_id = in_call(office, eventually)

    driver.hang_up(call_id)

    assert driver.calls() == ()
    assert driver.why_ended(call_id) == "Connection reset by user"
    with pytest.raises(CommandRefused):
        driver.hang_up(call_id)


def test_a_hang_up_that_does_nothing_leaves_the_call_in_sight(office, eventually):
    driver, simulator, call_id = in_call(office, eventually)
    simulator.bad.hang_up_does_nothing = True

    driver.hang_up(call_id)

    assert [call.id for call in driver.calls()] == [call_id]


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_muting_brings_about_what_was_asked_and_reads_it_back(office, eventually, wanted, before):
    driver, simulator, _ = in_call(office, eventually)
    simulator.microphones_muted = before

    assert [driver.mute(wanted), driver.mute(wanted)] == [Tri.YES if wanted else Tri.NO] * 2
    assert simulator.microphones_muted is wanted


def test_there_is_nothing_to_mute_without_a_call(office):
    with pytest.raises(CommandRefused):
        office.connect(room(office)).mute(True)


@pytest.mark.parametrize("call_id", ["", "a b", "1\nhangup", "x;y"])
def test_a_call_id_that_is_more_than_a_word_reaches_no_device(office, call_id):
    simulator = room(office)
    driver = office.connect(simulator)

    for ask in (driver.hang_up, driver.read_encryption):
        with pytest.raises(UnsafeValue):
            ask(call_id)

    assert simulator.heard == []


def test_case_17_nonsense_is_neither_in_call_nor_idle(office):
    driver = office.connect(room(office, bad=BaresipBadDay(says_nonsense=True)))

    for ask in (driver.calls, driver.status, driver.encryption_setting, lambda: driver.dial("room2@vc.example")):
        with pytest.raises(UnexpectedReply):
            ask()


def test_the_newest_controller_has_the_control_socket_and_the_earlier_one_is_told_so(office):
    simulator = room(office)
    earlier = office.connect(simulator)
    earlier.identify()

    later = office.connect(simulator)

    assert later.identify().serial
    with pytest.raises(ConnectionLost):
        earlier.identify()


def test_case_25_a_restart_is_a_lost_connection_and_a_small_uptime(office, eventually):
    simulator = room(office, away_s=0.0)
    simulator.booted -= 1000
    driver = office.connect(simulator)
    assert driver.identify().uptime_s >= 1000

    driver.restart()

    with pytest.raises(ConnectionLost):
        driver.identify()
    eventually(lambda: office.connect(simulator).identify().uptime_s < 10)


def test_a_room_pc_that_forwards_elsewhere_refuses_the_account(office):
    simulator = room(office)
    simulator.forwards_to = ("127.0.0.1", 22)

    with pytest.raises(LoginRefused, match="may not be forwarded"):
        office.connect(simulator)


def test_a_room_pc_whose_registrar_refuses_is_not_registered(office):
    status = office.connect(room(office, bad=BaresipBadDay(not_registered=True))).status()

    assert (status.registered, status.registration) == (Tri.NO, "403")
