"""The driver of Extron, on composed exchanges and on the simulator.

Second-hand: what a banner holds, codes, login words and the idle limit are from published driver code, not from a device.
"""

from collections.abc import Callable

import pytest

from device_drivers.errors import ConnectionLost, LoginRefused, SessionTableFull, Silent, UnexpectedReply
from device_drivers.extron_sis.driver import KEEP_ALIVE_S, ExtronSis
from device_drivers.readings import Grade, Health
from device_drivers.registry import HARDWARE
from device_drivers.simulators.extron_sis import BANNER, ExtronBadDay
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Deadlines
from device_drivers.transports.transcript import TranscriptShell

UNREADABLE = "Copyright, somebody\nflux\n"


@pytest.fixture
def switcher():
    """Return a function that makes a driver behind a composed shell, whose answers come in turn; it is closed when the test ends."""
    made: list[ExtronSis] = []

    def make(*said: str, banner: str = BANNER, cut: Callable | None = None) -> ExtronSis:
        left = list(said)
        made.append(ExtronSis(TranscriptShell(banner.encode(), lambda sent: left.pop(0).encode(), cut)))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


# Who it is


@pytest.mark.parametrize("bad", [{}, {"echoes": True}, {"chunk": 1}, {"logs_in_as": "User"}, {"talks_between": "In1 All\n"}])
def test_a_device_of_any_habits_is_read_right(connected, bad):
    _, driver = connected(**bad)

    identity = driver.identify()

    assert (identity.model, identity.serial, identity.firmware, identity.uptime_s) == ("Switcher (simulated)", "", "1.02", None)
    assert driver.banner.part_number == "60-0000-01"


def test_a_banner_is_understood_wherever_it_is_cut(switcher):
    for place in range(len(BANNER) + 1):
        driver = switcher("1.02\r\n", cut=lambda data, place=place: [data[:place], data[place:]])
        assert (driver.identify().model, driver.banner.date_line) == ("Switcher (simulated)", "Sat, 28 Nov 2026 08:00:00")


@pytest.mark.parametrize("banner", ["", UNREADABLE, "Welcome\n"])
def test_a_device_whose_banner_tells_nothing_still_tells_its_firmware(connected, banner):
    _, driver = connected(banner=banner)

    identity = driver.identify()

    assert (identity.model, identity.firmware) == ("", "1.02")


@pytest.mark.parametrize("answer", ["E10", "flux capacitor"])
def test_a_device_that_tells_nothing_at_all_is_not_identified(connected, answer):
    _, driver = connected(banner=UNREADABLE, firmware_answer=answer)

    with pytest.raises(UnexpectedReply):
        driver.identify()


@pytest.mark.parametrize("answer", ["E10", "E24", "flux capacitor"])
def test_a_refused_or_strange_firmware_leaves_the_banners(connected, answer):
    _, driver = connected(firmware_answer=answer)

    assert driver.identify().firmware == "1.02"


def test_who_we_are_taken_for_is_known_where_it_is_said(connected):
    _, driver = connected(logs_in_as="Administrator")
    driver.keep_alive()

    assert driver.access == "Administrator"


def test_a_second_password_is_a_refused_login_and_not_a_silent_device(connected):
    with pytest.raises(LoginRefused, match="second password"):
        connected(asks_password_again=True, banner="")


def test_a_second_password_after_the_banner_is_a_refused_login(connected):
    with pytest.raises(LoginRefused, match="second password"):
        connected(asks_password_again=True, banner="Copyright\n")


def test_a_second_password_in_mid_session_is_a_refused_login_and_closes_the_connection(switcher):
    driver = switcher("Password:")

    with pytest.raises(LoginRefused, match="second password"):
        driver.keep_alive()

    assert not driver.is_open


def test_a_device_with_too_many_connections_says_so(switcher):
    with pytest.raises(SessionTableFull, match="maximum connections"):
        switcher(banner="E26\r\n")


# What it measures


def test_firmware_part_number_and_date_are_measured(connected):
    _, driver = connected(firmware_answer="1.03")

    firmware, part, date = driver.measure()

    assert (firmware.name, firmware.value, firmware.health, firmware.raw) == ("firmware", "1.03", Health.OK, "1.03")
    assert (part.name, part.value, part.health) == ("part_number", "60-0000-01", Health.UNKNOWN)
    assert (date.name, date.value) == ("date_at_connect", "Sat, 28 Nov 2026 08:00:00")


@pytest.mark.parametrize(("answer", "raw"), [("E22", "E22: busy"), ("In1 All", "In1 All"), ("E77", "E77: a code that is in no list")])
def test_codec_case_17_an_answer_that_is_no_version_is_unknown(connected, answer, raw):
    _, driver = connected(firmware_answer=answer)

    firmware = driver.measure()[0]

    assert (firmware.value, firmware.health, firmware.raw) == (None, Health.UNKNOWN, raw)


def test_what_the_banner_does_not_tell_is_unknown(connected):
    _, driver = connected(banner=UNREADABLE)

    assert [one.value for one in driver.measure()] == ["1.02", None, "flux"]


def test_codec_case_9_300_kb_of_lines_before_the_answer_do_not_hide_it(switcher):
    driver = switcher("In1 All\r\n" * 34_000 + "1.02\r\n",
                      cut=lambda data: [*(data[start : start + 1024] for start in range(0, len(data), 1024)), b""])

    assert driver.measure()[0].value == "1.02"


def test_a_late_answer_is_a_version_all_the_same(switcher):
    driver = switcher("", "1.02\r\n1.02\r\n", "1.02\r\n")
    with pytest.raises(Silent):
        driver.identify()

    assert driver.measure()[0].value == "1.02"
    assert driver.measure()[0].value == "1.02"


# Case 23, of the kind: sessions that say nothing are closed


def test_codec_case_23_the_device_is_asked_long_before_it_closes_a_silent_session():
    assert ExtronBadDay().idle_limit_s > KEEP_ALIVE_S * 3


def test_codec_case_23_a_session_without_a_heartbeat_is_closed(connected, eventually):
    simulator, driver = connected(idle_limit_s=0.2)

    eventually(lambda: simulator.open_sessions == 0)

    with pytest.raises(ConnectionLost):
        driver.identify()


def test_codec_case_23_a_heartbeat_keeps_a_session(connected, eventually):
    simulator, driver = connected(idle_limit_s=1.0, keep_alive_s=0.05, deadlines=Deadlines())

    eventually(lambda: simulator.heard.count("Q") > 25, within_s=10)  # For longer than the limit.

    assert (driver.is_open, simulator.sessions_served, driver.lost_because) == (True, 1, None)


def test_a_refusal_is_a_sign_of_life(connected):
    _, driver = connected(firmware_answer="E24")

    driver.keep_alive()

    assert driver.is_open


def test_a_heartbeat_that_is_not_answered_closes_the_connection_and_says_why(connected, eventually):
    simulator, driver = connected(keep_alive_s=0.05)

    simulator.bad.silent_to = ""

    eventually(lambda: not driver.is_open)
    assert isinstance(eventually(lambda: driver.lost_because), Silent)


# What it promises


def test_only_one_command_is_ever_sent(connected):
    simulator, driver = connected()

    driver.identify()
    driver.measure()
    driver.keep_alive()

    assert set(simulator.heard) == {"Q"}


def test_the_family_promises_no_proof_and_says_what_it_cannot():
    assert HARDWARE["extron_sis"] is ExtronSis
    assert ExtronSis.best_proof is Grade.NONE
    assert "proves nothing about a call" in ExtronSis.cannot and "switches no" in ExtronSis.cannot
    assert ExtronSis.supports.isdisjoint({"serial", "uptime", "mutes"})


def test_an_extron_has_all_the_bad_days_of_any_device():
    assert set(vars(BadDay())) < set(vars(ExtronBadDay()))
