"""The driver of Tesira, on composed exchanges and on the simulator.

Second-hand: the shapes are from published driver code, not from a device; names, values and lists are made up here.
"""

import threading
from collections.abc import Callable, Iterable

import pytest

from device_drivers.__main__ import main
from device_drivers.errors import CommandRefused, ConnectionLost, DeviceError, Silent, UnexpectedReply
from device_drivers.readings import Grade, Health, Tri
from device_drivers.registry import HARDWARE
from device_drivers.simulators.server import BadDay
from device_drivers.simulators.tesira import TesiraBadDay
from device_drivers.tesira.driver import KEEP_ALIVE_S, Tesira
from device_drivers.tesira.protocol import MuteBlock
from device_drivers.transports.line_shell import EVENTS_KEPT
from device_drivers.transports.ssh import Deadlines
from device_drivers.transports.transcript import TranscriptShell

MIC = MuteBlock("MicBlock", 1)
OTHER = MuteBlock("MicBlock", 2)
GREETING = "Welcome to the Tesira Text Protocol Server...\r\n"
EVERYDAY = {"SESSION set verbose true": "+OK\r\n", "DEVICE get version": '+OK "value":"4.1"\r\n', "DEVICE get serialNumber": '+OK "value":"0123"\r\n',
            "DEVICE get activeFaultList": '+OK "value":[x]\r\n', '"MicBlock" get mute 1': '+OK "value":true\r\n',
            '"MicBlock" subscribe mute 1 "roomctl1" 500': "+OK\r\n"}

Said = str | Callable[[], str]


def a_shell(answers: dict[str, Said] | None = None, *, greeting: bytes = GREETING.encode(), cut: Callable[[bytes], Iterable[bytes]] | None = None,
            echo: bool = True) -> TranscriptShell:
    """Return a shell that greets, repeats each command, and answers it as told or as on any day."""

    def answer(sent: bytes) -> bytes:
        command = sent.decode().strip()
        said = {**EVERYDAY, **(answers or {})}[command]
        return ((f"{command}\r\n" if echo else "") + (said() if callable(said) else said)).encode()

    return TranscriptShell(greeting, answer, cut)


@pytest.fixture
def processor():
    """Return a function that makes a driver behind a composed shell; it is closed when the test ends."""
    made: list[Tesira] = []

    def make(answers: dict[str, Said] | None = None, **facts) -> Tesira:
        made.append(Tesira(a_shell(answers, **facts)))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


def in_turn(*said: str) -> Callable[[], str]:
    left = list(said)
    return lambda: left.pop(0)


def by_name(measured) -> dict[str, object]:
    return {one.name + (f" {one.place}" if one.place else ""): one.value for one in measured}


# The greeting


@pytest.mark.parametrize("options", [b"", bytes([255, 253, 24, 255, 251, 1])])
def test_a_greeting_is_understood_wherever_it_is_cut(processor, options):
    greeting = options + GREETING.encode()

    for place in range(len(greeting) + 1):
        driver = processor(greeting=greeting, cut=lambda data, place=place: [data[:place], data[place:]])
        assert driver.identify().model == "Tesira"


def test_a_device_that_is_slow_after_a_restart_is_waited_for(connected):
    _, driver = connected(greeting_after_s=0.4)

    assert driver.identify().firmware == "4.1.0.1"


def test_a_device_that_greets_as_another_is_not_a_tesira(processor):
    with pytest.raises(UnexpectedReply, match="login:"):
        processor(greeting=b"login:\r\n")


def test_a_device_that_says_nothing_is_silent(processor):
    with pytest.raises(Silent):
        processor(greeting=b"")


@pytest.mark.parametrize("bad", [{}, {"echoes": False}, {"options": True}, {"chunk": 1}, {"publishes_between": 3}])
def test_a_device_of_any_habits_is_read_right(connected, bad):
    simulator, driver = connected(**bad)
    simulator.mutes["MicBlock", 2] = True

    assert by_name(driver.watch([MIC, OTHER])) == {"microphone_mute MicBlock 1": "off", "microphone_mute MicBlock 2": "on"}
    assert driver.identify().serial.isdigit()


# What it tells


def test_it_says_who_it_is_and_leaves_out_what_it_does_not_tell(processor):
    identity = processor().identify()

    assert (identity.model, identity.serial, identity.firmware, identity.uptime_s, identity.simulated) == ("Tesira", "0123", "4.1", None, False)


def test_a_mute_is_on_off_or_unknown(processor):
    driver = processor({'"MicBlock" get mute 1': in_turn('+OK "value":true\r\n', '+OK "value":false\r\n', '+OK "value":perhaps\r\n', "+OK\r\n",
                                                         "-ERR address not found: {}\r\n")})
    driver.blocks = (MIC,)

    read = [next(one for one in driver.measure() if one.name == "microphone_mute") for _ in range(5)]

    assert [(one.value, one.health) for one in read] == [
        ("on", Health.OK), ("off", Health.OK), (None, Health.UNKNOWN), (None, Health.UNKNOWN), (None, Health.UNKNOWN)]
    assert "address not found" in read[-1].raw


def test_a_list_of_faults_is_shown_and_never_judged(processor):
    for said in ("[]", "[x]", '"none"', "0"):
        (faults,) = [one for one in processor({"DEVICE get activeFaultList": f'+OK "value":{said}\r\n'}).measure() if one.name == "active_faults"]

        assert (faults.value, faults.health, faults.raw) == (said.strip('"'), Health.UNKNOWN, said)


@pytest.mark.parametrize("said", ["-ERR x\r\n", "+OK\r\n", "flux\r\n"])
def test_a_list_of_faults_that_cannot_be_read_is_unknown_and_the_rest_is_read(processor, said):
    measured = by_name(processor({"DEVICE get activeFaultList": said}).measure())

    assert measured == {"active_faults": None, "firmware": "4.1"}


def test_only_blocks_whose_names_are_given_are_measured(connected):
    _, driver = connected()

    assert set(by_name(driver.measure())) == {"active_faults", "firmware"}
    driver.blocks = (MIC, MuteBlock("Không có", 1))
    assert by_name(driver.measure())["microphone_mute MicBlock 1"] == "off"
    assert by_name(driver.measure())["microphone_mute Không có 1"] is None


def test_a_block_name_with_vietnamese_letters_reaches_the_device_as_it_is(connected):
    simulator, driver = connected(facts={"blocks": {"Phòng Ủy ban": 1}})
    simulator.mutes["Phòng Ủy ban", 1] = True

    assert by_name(driver.watch([MuteBlock("Phòng Ủy ban", 1)])) == {"microphone_mute Phòng Ủy ban 1": "on"}


def test_codec_case_17_a_device_that_speaks_nonsense_has_unknown_mutes(connected):
    _, driver = connected(says_nonsense=True)

    assert {one.value for one in driver.watch([MIC])} == {None}
    assert driver.told() == {MIC: Tri.UNKNOWN}


def test_codec_case_17_nothing_that_nobody_knows_is_a_value(connected):
    _, driver = connected(says_nonsense=True)

    with pytest.raises(UnexpectedReply, match="flux capacitor"):
        driver.identify()


def test_codec_case_9_a_pause_in_a_list_of_300_kb_is_not_its_end(processor):
    listed = "[" + "Hội trường " * 23_000 + "]"
    driver = processor({"DEVICE get activeFaultList": f'+OK "value":{listed}\r\n'},
                       cut=lambda data: [*(data[start : start + 1024] for start in range(0, len(data), 1024)), b""])

    (faults,) = [one for one in driver.measure() if one.name == "active_faults"]

    assert len(listed.encode()) > 300_000
    assert (faults.raw, len(faults.value)) == (listed, 300)


def test_codec_case_11_a_conversation_is_understood_byte_by_byte(processor):
    driver = processor(cut=lambda data: [data[place : place + 1] for place in range(len(data))])

    assert driver.watch([MIC])[0].value == "on"


# Subscriptions


def test_a_mute_that_changes_in_the_room_is_told(connected, eventually):
    simulator, driver = connected()
    driver.watch([MIC, OTHER])
    assert driver.told() == {MIC: Tri.NO, OTHER: Tri.NO}

    simulator.press("MicBlock", 2, muted=True)

    eventually(lambda: driver.told() == {MIC: Tri.NO, OTHER: Tri.YES})


def test_a_publish_between_command_and_reply_is_no_reply(processor):
    driver = processor()
    driver.watch([MIC])
    between = '! "publishToken":"roomctl1" "value":false\r\n+OK "value":"0123"\r\n'

    shell = a_shell({"DEVICE get serialNumber": between})
    other = Tesira(shell)
    other.watch([MIC])

    assert other.identify().serial == "0123"
    assert other.told() == {MIC: Tri.NO}
    other.close()


@pytest.mark.parametrize("publish", ['! "publishToken":"roomctl1" "value":perhaps', "! flux", '! "publishToken":"roomctl1"'])
def test_a_publish_that_cannot_be_read_makes_the_mute_unknown(processor, publish):
    driver = processor({"DEVICE get version": in_turn(f'{publish}\r\n+OK "value":"4.1"\r\n')})
    driver.watch([MIC])

    driver.keep_alive()

    assert driver.told() == {MIC: Tri.UNKNOWN}


def test_a_publish_of_somebody_elses_token_changes_nothing(processor):
    driver = processor({"DEVICE get version": in_turn('! "publishToken":"mic1" "value":false\r\n+OK "value":"4.1"\r\n')})
    driver.watch([MIC])

    driver.keep_alive()

    assert driver.told() == {MIC: Tri.YES}


def test_a_block_that_cannot_be_subscribed_to_is_not_told_about(connected):
    _, driver = connected()
    nowhere = MuteBlock("Nowhere", 1)

    measured = driver.watch([nowhere, MIC])

    assert [one.value for one in measured] == [None, "off"]
    assert driver.told() == {MIC: Tri.NO}
    assert driver.watch([nowhere])[0].value is None


def test_a_flood_of_publishes_is_bounded_counted_and_hides_no_reply(processor):
    flood = '! "publishToken":"mic1" "value":false\r\n' * (EVENTS_KEPT + 7) + '+OK "value":"4.1"\r\n'
    driver = processor({"DEVICE get version": flood})

    assert driver.identify().firmware == "4.1"
    assert (len(driver.events), driver.events_dropped) == (EVENTS_KEPT, 7)


# Case 23: sessions that say nothing are dropped


def test_codec_case_23_the_device_is_asked_long_before_it_drops_a_silent_session():
    assert TesiraBadDay().idle_limit_s > KEEP_ALIVE_S * 3


def test_codec_case_23_a_session_without_a_heartbeat_is_dropped(connected, eventually):
    _, driver = connected(idle_limit_s=0.2)
    driver.watch([MIC])

    eventually(lambda: driver.told() == {MIC: Tri.UNKNOWN} and not driver.is_open)


def test_codec_case_23_a_drop_that_only_reading_shows_makes_every_mute_unknown():
    class Dropped(TranscriptShell):
        dropped = False

        def receive(self, *, asked: str, until: float) -> bytes:
            if self.dropped:
                raise ConnectionLost(asked)
            return super().receive(asked=asked, until=until)

    source = a_shell()
    shell = Dropped(GREETING.encode(), source._answer)
    driver = Tesira(shell)
    driver.watch([MIC])
    assert driver.told() == {MIC: Tri.YES}

    shell.dropped = True

    assert (shell.is_open, driver.told(), shell.is_open) == (True, {MIC: Tri.UNKNOWN}, False)


def test_codec_case_23_a_heartbeat_keeps_a_session_and_its_subscription(connected, eventually):
    simulator, driver = connected(idle_limit_s=1.0, keep_alive_s=0.05, deadlines=Deadlines())
    driver.watch([MIC])

    eventually(lambda: simulator.heard.count("DEVICE get version") > 25, within_s=10)  # For longer than the limit.

    assert (driver.is_open, simulator.sessions_served, driver.lost_because) == (True, 1, None)
    simulator.press("MicBlock", 1, muted=True)
    eventually(lambda: driver.told() == {MIC: Tri.YES})


def test_codec_case_23_after_a_forced_drop_a_new_connection_watches_again_and_reads_the_value(connected, connect_to, eventually):
    simulator, driver = connected(keep_alive_s=0.05)
    driver.watch([MIC])
    simulator.cut_connections()
    simulator.mutes["MicBlock", 1] = True  # Nobody is told.
    eventually(lambda: not driver.is_open)
    assert driver.told() == {MIC: Tri.UNKNOWN}

    again = connect_to(simulator)

    assert [one.value for one in again.watch(driver.blocks)] == ["on"]
    simulator.press("MicBlock", 1, muted=False)
    eventually(lambda: again.told() == {MIC: Tri.NO})


def test_codec_case_23_already_subscribed_is_a_success_and_the_value_is_read(connected):
    simulator, driver = connected()
    driver.watch([MIC])
    simulator.mutes["MicBlock", 1] = True

    assert [one.value for one in driver.watch([MIC])] == ["on"]
    assert driver.told() == {MIC: Tri.YES}


def test_codec_case_23_a_subscription_whose_answer_was_lost_is_found_again(connected):
    simulator, driver = connected()
    simulator.bad.drops_replies = True
    with pytest.raises(Silent):
        driver.watch([MIC])

    simulator.bad.drops_replies = False

    assert [one.value for one in driver.watch([MIC])] == ["off"]
    assert driver.told() == {MIC: Tri.NO}


def test_a_heartbeat_that_is_not_answered_closes_the_connection_and_says_why(connected, eventually):
    simulator, driver = connected(keep_alive_s=0.05)
    driver.watch([MIC])

    simulator.bad.silent_to = ""

    eventually(lambda: not driver.is_open)
    assert driver.told() == {MIC: Tri.UNKNOWN}
    assert isinstance(eventually(lambda: driver.lost_because), Silent)


def test_a_refused_or_strange_answer_is_a_sign_of_life(processor):
    driver = processor({"DEVICE get version": in_turn("-ERR x\r\n", "+OK\r\n")})

    driver.keep_alive()
    driver.keep_alive()

    assert driver.is_open


def test_a_closed_driver_has_no_heart_left(connected, eventually):
    _, driver = connected(keep_alive_s=0.01)

    driver.close()

    eventually(lambda: not any(thread.name == "tesira heartbeat" and thread is driver._heartbeat._thread for thread in threading.enumerate()))


# Order without request ids


def test_a_late_value_is_not_taken_for_the_next_answer(processor):
    driver = processor({'"MicBlock" get mute 1': in_turn("", '+OK "value":false\r\n'), "SESSION set verbose true": in_turn(
        "+OK\r\n", '+OK "value":true\r\n+OK\r\n')})
    driver.blocks = (MIC,)
    with pytest.raises(Silent):
        driver.measure()

    assert by_name(driver.measure())["microphone_mute MicBlock 1"] == "off"


def test_a_late_refusal_is_not_taken_for_the_next_answer(processor):
    driver = processor({"DEVICE get serialNumber": in_turn("", '+OK "value":"0123"\r\n'), "SESSION set verbose true": in_turn(
        "+OK\r\n", "-ERR late\r\n+OK\r\n")})
    with pytest.raises(Silent):
        driver.identify()

    assert driver.identify().serial == "0123"


def test_a_late_ok_is_not_taken_for_a_subscription(processor):
    driver = processor({'"MicBlock" subscribe mute 1 "roomctl1" 500': in_turn("", "-ERR address not found: {}\r\n"),
                        "DEVICE get version": in_turn('+OK\r\n+OK "value":"4.1"\r\n'),
                        "SESSION set verbose true": in_turn("+OK\r\n", "+OK\r\n+OK\r\n")}, echo=False)
    with pytest.raises(Silent):
        driver.watch([MIC])

    driver.watch([MIC])

    assert driver.told() == {}


def test_after_an_answer_of_another_shape_the_order_is_made_sure_of():
    shell = a_shell({"DEVICE get version": in_turn("+OK\r\n", '+OK "value":"4.1"\r\n')})
    driver = Tesira(shell)
    with pytest.raises(UnexpectedReply):
        driver.identify()

    assert driver.identify().firmware == "4.1"

    assert [sent.split()[0] for sent in shell.sent] == [b"SESSION", b"DEVICE", b"SESSION", b"DEVICE", b"DEVICE"]
    driver.close()


def test_a_reply_before_the_echo_is_no_reply_where_there_is_an_echo(processor):
    """What an earlier command left behind stands before the echo."""
    shell = TranscriptShell(GREETING.encode(), lambda sent: {
        b"SESSION set verbose true\n": b"SESSION set verbose true\r\n+OK\r\n",
        b"DEVICE get version\n": b'+OK "value":"old"\r\nDEVICE get version\r\n+OK "value":"4.1"\r\n',
        b"DEVICE get serialNumber\n": b'DEVICE get serialNumber\r\n+OK "value":"0123"\r\n'}[sent])
    driver = Tesira(shell)

    assert driver.identify().firmware == "4.1"
    driver.close()


def test_a_device_that_lost_its_order_is_given_up_and_never_misread(processor):
    driver = processor({"DEVICE get version": "", "SESSION set verbose true": in_turn("+OK\r\n", "flux\r\n")})
    with pytest.raises(Silent):
        driver.identify()

    with pytest.raises(UnexpectedReply):
        driver.identify()

    assert not driver.is_open


def test_a_refusal_is_a_refusal_with_its_reason(processor):
    with pytest.raises(CommandRefused, match="address not found"):
        processor({"DEVICE get version": "-ERR address not found: {}\r\n"}).identify()


def test_a_closed_connection_is_a_lost_one(connected):
    _, driver = connected()
    driver.close()

    for ask in (driver.identify, driver.measure, driver.keep_alive, lambda: driver.watch([MIC])):
        with pytest.raises(ConnectionLost):
            ask()
    assert driver.told() == {MIC: Tri.UNKNOWN}


def test_two_threads_that_measure_and_watch_do_not_mix_their_answers(connected):
    _, driver = connected(keep_alive_s=0.01, chunk=3)
    wrong: list[object] = []

    def ask() -> None:
        try:
            for _ in range(5):
                values = by_name(driver.watch([MIC]) + driver.measure())
                if values != {"microphone_mute MicBlock 1": "off", "active_faults": "nothing to tell", "firmware": "4.1.0.1"}:
                    wrong.append(values)
        except DeviceError as error:
            wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert wrong == []


# What it promises


def test_the_family_promises_no_proof_and_says_what_it_cannot():
    assert HARDWARE["tesira"] is Tesira
    assert Tesira.best_proof is Grade.NONE
    assert "proves nothing about a call" in Tesira.cannot and "uptime" in Tesira.cannot
    assert "uptime" not in Tesira.supports


def test_the_command_line_shows_who_it_is_and_what_it_measures(connected, capsys, monkeypatch):
    simulator, _ = connected()
    monkeypatch.setenv("DEVICE_PASSWORD", simulator.password)

    assert main(["tesira", "status", f"{simulator.host}:{simulator.port}", "--user", simulator.username, "--pin", simulator.fingerprint]) == 0

    shown = capsys.readouterr().out
    assert '"model": "Tesira"' in shown and '"name": "active_faults"' in shown


def test_a_tesira_has_all_the_bad_days_of_any_device():
    assert set(vars(BadDay())) < set(vars(TesiraBadDay()))
