"""What every family of drivers promises, shown against its simulator."""

import socket
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from device_drivers import registry
from device_drivers.errors import (
    CommandRefused,
    ConnectionLost,
    DeviceError,
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    SessionTableFull,
    Silent,
    Unreachable,
)
from device_drivers.readings import CallState, Identity, Tri
from device_drivers.simulators.baresip import SimulatedBaresip
from device_drivers.simulators.cisco_tc import SimulatedTc
from device_drivers.simulators.extron_sis import SimulatedExtron
from device_drivers.simulators.lifesize_220 import SimulatedLifesize
from device_drivers.simulators.pjsip_bridge import SimulatedPjsipBridge
from device_drivers.simulators.poly import SimulatedPoly
from device_drivers.simulators.server import SimulatedDevice
from device_drivers.simulators.tesira import SimulatedTesira
from device_drivers.transports.ssh import Deadlines, Login, look_at_host_key

IMPATIENT = Deadlines(silence_s=0.2, reply_s=0.5)


@dataclass
class Device:
    """One family's simulator, and the way to its driver."""

    family: str
    simulator: SimulatedDevice
    office: Any

    def connect(self, **facts: Any) -> Any:
        return self.office.connect(self.simulator, **facts)

    def connections(self) -> int:
        """Return how many SSH connections the device has open, signed in or not."""
        return sum(transport.is_active() for transport in list(self.simulator._transports))


def simulators(office) -> dict[str, Any]:
    """Return what starts a simulator of each family."""
    return {"baresip": partial(office.codec, kind=SimulatedBaresip),
            "cisco_roomos": office.codec, "cisco_tc": partial(office.codec, kind=SimulatedTc),
            "poly": partial(office.codec, kind=SimulatedPoly), "pjsip_bridge": partial(office.bridge, kind=SimulatedPjsipBridge),
            "simulated_bridge": office.bridge,
            "extron_sis": partial(office.hardware, kind=SimulatedExtron), "lifesize_220": partial(office.codec, kind=SimulatedLifesize),
            "tesira": partial(office.hardware, kind=SimulatedTesira)}


@pytest.fixture(params=sorted(registry.FAMILIES))
def device(request, office) -> Device:
    made = simulators(office)
    if request.param not in made:
        pytest.fail(f"the family {request.param} has no simulator here: every driver keeps the same promises")
    return Device(request.param, made[request.param](), office)


def test_a_connected_device_says_who_it_is(device):
    driver = device.connect()
    tells_all = device.family not in registry.HARDWARE  # Room hardware names in `supports` what it tells of these, and leaves the rest unknown.

    identity = driver.identify()

    assert isinstance(identity, Identity)
    assert identity.model and identity.firmware
    assert bool(identity.serial) == (tells_all or "serial" in driver.supports)
    assert (identity.uptime_s is not None) == (tells_all or "uptime" in driver.supports)
    assert identity.uptime_s is None or identity.uptime_s >= 0


def test_a_simulated_device_admits_that_it_is_one(device):
    assert device.connect().identify().simulated


def test_a_driver_says_what_it_supports(device):
    driver = device.connect()

    assert driver.supports
    assert driver.family == device.family


def test_how_a_device_was_reached_is_part_of_the_evidence(device):
    facts = device.connect().reached_by

    assert facts.host_key.fingerprint == device.simulator.fingerprint
    assert facts.host_key.algorithm == "ssh-ed25519"
    assert facts.account == device.simulator.username
    assert facts.key_exchange.startswith("curve25519") and facts.cipher and facts.mac


def test_closing_frees_the_session(device, eventually):
    driver = device.connect()
    driver.identify()
    assert device.simulator.open_sessions == 1

    driver.close()

    eventually(lambda: device.simulator.open_sessions == 0 and device.connections() == 0)


def test_closing_twice_does_no_harm(device):
    driver = device.connect()
    driver.close()

    driver.close()

    with pytest.raises(DeviceError):
        driver.identify()


def test_forty_connections_one_after_the_other_leave_no_session_behind(device, eventually):
    device.simulator.bad.max_sessions = 1

    for _ in range(40):
        device.connect().close()
        eventually(lambda: device.simulator.open_sessions == 0)


def test_a_wrong_password_is_refused_after_one_try(device, sign_ins):
    with pytest.raises(LoginRefused):
        device.connect(password="wrong")

    assert sign_ins == [("password", "wrong")]


def test_a_refused_login_leaves_no_session(device, eventually):
    with pytest.raises(LoginRefused):
        device.connect(password="wrong")

    eventually(lambda: device.simulator.open_sessions == 0 and device.connections() == 0)


def test_an_unapproved_host_key_is_told_before_any_password_is_sent(device, sign_ins):
    with pytest.raises(HostKeyUnknown) as refusal:
        device.connect(pinned=None)

    assert refusal.value.seen.fingerprint == device.simulator.fingerprint
    assert sign_ins == []


def test_a_changed_host_key_is_told_before_any_password_is_sent(device, sign_ins):
    approved = device.simulator.fingerprint
    device.simulator.new_host_key()

    with pytest.raises(HostKeyChanged) as refusal:
        device.connect(pinned=approved)

    assert refusal.value.pinned == approved
    assert refusal.value.seen.fingerprint == device.simulator.fingerprint != approved
    assert approved in str(refusal.value) and device.simulator.fingerprint in str(refusal.value)
    assert sign_ins == []


@pytest.mark.parametrize("pinned", [None, "SHA256:another"])
def test_a_refused_host_key_leaves_no_connection(device, eventually, pinned):
    with pytest.raises((HostKeyUnknown, HostKeyChanged)):
        device.connect(pinned=pinned)

    eventually(lambda: device.simulator.open_sessions == 0 and device.connections() == 0)


def test_looking_at_the_host_key_signs_in_nowhere(device, sign_ins, eventually):
    seen = look_at_host_key(device.simulator.host, device.simulator.port)

    assert seen.fingerprint == device.simulator.fingerprint
    assert sign_ins == []
    eventually(lambda: device.connections() == 0)


def test_a_device_without_a_free_session_says_so(device, eventually):
    device.simulator.bad.max_sessions = 0

    with pytest.raises(SessionTableFull):
        device.connect()

    eventually(lambda: device.connections() == 0)


def test_a_device_that_answers_nothing_is_silent(device, eventually):
    device.simulator.bad.silent_to = ""

    with pytest.raises(Silent):
        device.connect(deadlines=IMPATIENT).identify()

    device.office.close()
    eventually(lambda: device.simulator.open_sessions == 0)


def test_a_device_that_falls_silent_can_be_asked_again(device):
    driver = device.connect(deadlines=IMPATIENT)
    driver.identify()
    device.simulator.bad.silent_to = ""
    with pytest.raises(Silent):
        driver.identify()

    device.simulator.bad.silent_to = None

    assert driver.identify().model


def test_a_device_that_stops_while_it_is_asked_is_a_lost_connection(device, eventually):
    driver = device.connect()
    driver.identify()
    device.simulator.bad.silent_to = ""
    heard = len(device.simulator.heard)
    caught: list[Exception] = []

    def ask() -> None:
        try:
            driver.identify()
        except Exception as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: len(device.simulator.heard) > heard)

    device.simulator.stop()

    asking.join(5)
    assert [type(error) for error in caught] == [ConnectionLost]


def test_a_device_that_stopped_is_a_lost_connection_for_whoever_asks_next(device):
    driver = device.connect()
    device.simulator.stop()

    with pytest.raises(ConnectionLost):
        driver.identify()


def test_answers_in_packets_of_one_byte_are_read_whole(device):
    expected = device.connect().identify()
    device.simulator.bad.chunk = 1

    identity = device.connect().identify()

    assert (identity.model, identity.serial, identity.firmware) == (expected.model, expected.serial, expected.firmware)


@pytest.mark.parametrize("prompts", [0, 1])
def test_a_device_that_asks_at_most_one_question_lets_us_in(device, sign_ins, prompts):
    device.simulator.bad.interactive_prompts = prompts

    assert device.connect().identify().model

    answers = [given for way, given in sign_ins if way == "answers"]
    assert answers == [[device.simulator.password] * prompts]


def test_a_device_that_asks_two_questions_is_given_no_answer(device, sign_ins):
    device.simulator.bad.interactive_prompts = 2

    with pytest.raises(LoginRefused, match="question"):
        device.connect()

    assert sign_ins == [("password", device.simulator.password)]  # The one try; no answer followed it.


def test_a_wrong_password_is_given_once_to_a_device_that_asks_for_it(device, sign_ins):
    device.simulator.bad.interactive_prompts = 1

    with pytest.raises(LoginRefused):
        device.connect(password="wrong")

    assert [way for way, _ in sign_ins] == ["password", "answers"]


def test_a_port_where_nobody_listens_is_unreachable(device):
    device.simulator.stop()

    with pytest.raises(Unreachable):
        device.connect()


def test_a_port_that_does_not_speak_ssh_is_a_device_error(device):
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Silent):
        registry.connect(device.family, "127.0.0.1", mute.getsockname()[1], Login("roomctl", "geheim"), pinned="SHA256:any",
                         deadlines=Deadlines(banner_s=0.2))


def test_one_driver_serves_many_threads(device):
    driver = device.connect()
    serials: list[str] = []
    threads = [threading.Thread(target=lambda: serials.append(driver.identify().serial)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert serials == [driver.identify().serial] * 8


# What some families can and others cannot


def able(*what: str, among: Any = registry.CODECS) -> list[str]:
    return sorted(family for family, driver in among.items() if set(what) <= set(driver.supports))


FUNCTIONS = {"answer": "answer", "message": "message", "mute": "muted", "dial": "dial", "hang_up": "hang_up"}


@pytest.mark.parametrize("family", sorted({**registry.CODECS, **registry.BRIDGES}))
@pytest.mark.parametrize("what", sorted(FUNCTIONS))
def test_a_driver_can_do_what_it_says_it_supports_and_nothing_more(family, what):
    driver = registry.FAMILIES[family]

    assert hasattr(driver, FUNCTIONS[what]) == (what in driver.supports)


@pytest.mark.parametrize("family", able("answer", "dial"))
def test_a_call_rings_at_a_codec_that_does_not_answer_by_itself_until_it_is_answered(office, eventually, family):
    make = simulators(office)[family]
    caller, callee = office.connect(make("hall")), office.connect(make("other", autoanswer=False))
    caller.dial("other@vc.example")
    (ringing,) = eventually(callee.calls)
    assert (ringing.state, ringing.incoming, ringing.remote) == (CallState.RINGING, True, "hall@vc.example")
    assert [(call.state, call.incoming) for call in caller.calls()] == [(CallState.DIALLING, False)]

    callee.answer(ringing.id)

    eventually(lambda: [call.state for call in (*caller.calls(), *callee.calls())] == [CallState.CONNECTED] * 2)
    assert callee.calls()[0].incoming is True


@pytest.mark.parametrize("family", able("answer"))
def test_nothing_is_answered_where_nothing_rings(office, eventually, family):
    make = simulators(office)[family]
    caller, callee = office.connect(make("hall")), office.connect(make("other"))
    placed = caller.dial("other@vc.example")
    eventually(lambda: [call.state for call in callee.calls()] == [CallState.CONNECTED])

    for codec, call_id in ((caller, placed), (callee, callee.calls()[0].id), (callee, "77")):
        with pytest.raises(CommandRefused):
            codec.answer(call_id)

    assert [call.state for call in caller.calls()] == [CallState.CONNECTED]


@pytest.mark.parametrize("family", able("answer"))
def test_a_codec_that_says_it_answers_and_goes_on_ringing_is_seen(office, eventually, family):
    make = simulators(office)[family]
    simulator = make("other", autoanswer=False)
    simulator.bad.answer_does_nothing = True
    caller, callee = office.connect(make("hall")), office.connect(simulator)
    caller.dial("other@vc.example")
    (ringing,) = eventually(callee.calls)

    callee.answer(ringing.id)

    assert [call.state for call in callee.calls()] == [CallState.RINGING]


@pytest.fixture(params=able("mute"))
def talking(request, office, eventually) -> Device:
    """A codec in a call, for some families mute a call and not a room."""
    device = Device(request.param, simulators(office)[request.param]("hall"), office)
    office.codec("other")
    driver = device.connect()
    driver.dial("other@vc.example")
    eventually(lambda: [call.state for call in driver.calls()] == [CallState.CONNECTED])
    return device


def test_muting_is_read_back(talking):
    driver = talking.connect()

    assert [driver.mute(True), driver.mute(True), driver.mute(False)] == [Tri.YES, Tri.YES, Tri.NO]


@pytest.mark.parametrize("muted", [True, False])
def test_reading_the_microphones_never_changes_them_and_is_never_wrong(talking, muted):
    talking.simulator.microphones_muted = muted

    assert talking.connect().muted() in (Tri.YES if muted else Tri.NO, Tri.UNKNOWN)

    assert talking.simulator.microphones_muted is muted


def test_a_codec_that_says_ok_to_muting_and_stays_open_is_never_muted(talking):
    talking.simulator.bad.mute_does_nothing = True
    driver = talking.connect()

    assert driver.mute(True) is Tri.NO
    assert driver.muted() is not Tri.YES


def test_a_codec_that_is_silent_to_muting_is_no_reading(talking):
    driver = talking.connect(deadlines=IMPATIENT)
    talking.simulator.bad.silent_to = ""

    with pytest.raises(DeviceError):
        driver.mute(True)


@pytest.mark.parametrize("family", able("message"))
def test_a_message_reaches_the_screen_whole_however_the_answers_are_cut(office, family):
    simulator = simulators(office)[family]("hall")
    simulator.bad.chunk = 1

    office.connect(simulator).message("Mời xã Đất Mũi phát biểu", 20)

    assert simulator.shown == [("Mời xã Đất Mũi phát biểu", 20)]


@pytest.mark.parametrize("family", able("dial", among=registry.BRIDGES))
def test_a_bridge_calls_out_of_a_conference_and_lists_whom_it_called(office, eventually, family):
    office.guest()
    bridge = office.connect(simulators(office)[family]())

    participant_id = bridge.dial("7001@bridge.example", "guest@elsewhere.example")

    (one,) = eventually(lambda: bridge.conference("7001@bridge.example").participants)
    assert (one.id, one.remote, one.outgoing) == (participant_id, "guest@elsewhere.example", True)
    bridge.drop("7001@bridge.example", participant_id)
    assert bridge.conference("7001@bridge.example").participants == ()


def test_a_password_is_not_in_the_words_for_a_login():
    assert "geheim" not in repr(Login("roomctl", "geheim"))


def test_a_family_nobody_wrote_is_a_key_error():
    with pytest.raises(KeyError):
        registry.connect("abacus", "127.0.0.1", 22, Login("roomctl", ""), pinned=None)
