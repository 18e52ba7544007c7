"""A lab of real rooms, for all the tests of a file, and drivers to them."""

import contextlib
import importlib.util
import shutil
from collections.abc import Iterator

import pytest

from device_drivers.baresip.driver import Baresip
from device_drivers.errors import DeviceError
from device_drivers.lab.lab import SSH_PORT, Lab, Room, free_network, missing_packages
from device_drivers.registry import connect

NONE, DTLS = 4, (5, 6)  # Rooms that do not encrypt, and rooms that would by DTLS.


def what_is_missing() -> list[str]:
    missing = missing_packages()
    if shutil.which("snmpget") is None:
        missing.append("snmp")
    if importlib.util.find_spec("pjsua2") is None:
        missing.append("pjsua2-python (PyPI)")
    return missing


@pytest.fixture(scope="session")
def installed() -> None:
    if missing := what_is_missing():
        pytest.skip(f"not installed: {', '.join(missing)} (.ci/debian installs the packages of Debian)")


@pytest.fixture(scope="module")
def lab(installed, tmp_path_factory) -> Iterator[Lab]:
    wishes = {NONE: "none", **dict.fromkeys(DTLS, "dtls_srtp")}
    made = Lab(tmp_path_factory.mktemp("lab"), 6, network=free_network(), encryption=wishes, extra_modules=("dtls_srtp",))
    made.up()
    yield made
    made.down()


class Rooms:
    """Drivers to the rooms by number, connected when first asked for."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._drivers = lab, dict[int, Baresip]()

    def room(self, number: int) -> Room:
        return self._lab.rooms[number - 1]

    def address(self, number: int) -> str:
        return self.room(number).pc.sip_address

    def __getitem__(self, number: int) -> Baresip:
        if number not in self._drivers or not self._drivers[number].is_open:
            self._drivers[number] = self.connect(number)
        return self._drivers[number]

    def connect(self, number: int) -> Baresip:
        room = self.room(number)
        return connect("baresip", room.pc.address, SSH_PORT, room.login, pinned=room.fingerprint)

    def quiet(self) -> None:
        """Hang up whatever a test has left, and close the connections."""
        for driver in self._drivers.values():
            with contextlib.suppress(DeviceError):
                for call in driver.calls():
                    driver.hang_up(call.id)
            driver.close()


@pytest.fixture
def rooms(lab) -> Iterator[Rooms]:
    made = Rooms(lab)
    yield made
    made.quiet()
