"""What the driver tests may ask for: simulated devices that are stopped afterwards, a count of sign-ins, and waiting."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from device_drivers.registry import connect
from device_drivers.simulators import server
from device_drivers.simulators.baresip import SimulatedBaresip
from device_drivers.simulators.bridge import SimulatedBridgeDevice
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.cisco_tc import SimulatedTc
from device_drivers.simulators.extron_sis import SimulatedExtron
from device_drivers.simulators.guest import SimulatedGuest
from device_drivers.simulators.lifesize_220 import SimulatedLifesize
from device_drivers.simulators.network import Network, Timing
from device_drivers.simulators.pjsip_bridge import SimulatedPjsipBridge
from device_drivers.simulators.poly import SimulatedPoly
from device_drivers.simulators.server import SimulatedDevice
from device_drivers.simulators.tesira import SimulatedTesira
from device_drivers.transports.ssh import Deadlines, Login

PASSWORD = "mật khẩu"
FAMILY = {SimulatedBaresip: "baresip",
          SimulatedTc: "cisco_tc", SimulatedRoomOS: "cisco_roomos", SimulatedPoly: "poly",
          SimulatedPjsipBridge: "pjsip_bridge", SimulatedBridgeDevice: "simulated_bridge",  # The first that fits: the one is also the other.
          SimulatedExtron: "extron_sis", SimulatedLifesize: "lifesize_220", SimulatedTesira: "tesira"}


class Office:
    """Simulated devices on one network, started when asked for and stopped at the end of the test."""

    def __init__(self) -> None:
        self.network = Network()
        self._simulators: list[SimulatedDevice] = []
        self._drivers: list[Any] = []

    def codec(self, name: str = "hall", *, kind: type[SimulatedDevice] = SimulatedRoomOS, **facts: Any) -> Any:
        """Return a started codec at `<name>@vc.example`."""
        wanted = {"address": f"{name}@vc.example", "timing": Timing(ring_s=0.02, media_s=0.02), **facts}
        return self._start(kind(name=name, network=self.network, password=PASSWORD, **wanted))

    def bridge(self, name: str = "bridge", *, kind: type[SimulatedBridgeDevice] = SimulatedBridgeDevice, **facts: Any) -> Any:
        """Return a started bridge that answers at 7001@<name>.example and 7002@<name>.example."""
        wanted = {"pool": [f"7001@{name}.example", f"7002@{name}.example"], "timing": Timing(ring_s=0.02, media_s=0.02), **facts}
        return self._start(kind(name=name, network=self.network, password=PASSWORD, **wanted))

    def guest(self, name: str = "guest", **facts: Any) -> SimulatedGuest:
        """Return a guest at `<name>@elsewhere.example`, who is nobody's to read."""
        return SimulatedGuest(name=name, address=f"{name}@elsewhere.example", network=self.network, **facts)

    def hardware(self, name: str = "rack", *, kind: type[SimulatedDevice], **facts: Any) -> Any:
        """Return a started piece of room hardware, which is on no network of calls."""
        return self._start(kind(name=name, password=PASSWORD, **facts))

    def _start(self, simulator: Any) -> Any:
        simulator.start()
        self._simulators.append(simulator)
        return simulator

    def connect(self, simulator: SimulatedDevice, *, password: str = PASSWORD, pinned: str | None = "its own",
                deadlines: Deadlines | None = None) -> Any:
        """Return a driver connected to the simulator, whose own host key is pinned unless the test says otherwise."""
        family = next(family for kind, family in FAMILY.items() if isinstance(simulator, kind))
        driver = connect(family, simulator.host, simulator.port, Login(simulator.username, password),
                         pinned=simulator.fingerprint if pinned == "its own" else pinned, deadlines=deadlines)
        self._drivers.append(driver)
        return driver

    def close(self) -> None:
        for driver in self._drivers:
            driver.close()
        for simulator in self._simulators:
            simulator.stop()


@pytest.fixture
def office():
    made = Office()
    yield made
    made.close()


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Return a function that looks again and again until its condition is true, and fails the test when time is up."""
    pause = threading.Event()

    def wait(condition: Callable[[], Any], *, within_s: float = 5.0) -> Any:
        until = time.monotonic() + within_s
        while not (found := condition()):
            if time.monotonic() > until:
                pytest.fail(f"did not come true within {within_s} s")
            pause.wait(0.005)
        return found

    return wait


@pytest.fixture
def sign_ins(monkeypatch) -> list[tuple[str, Any]]:
    """Every password and every set of answers that a simulated device is given from now on."""
    seen: list[tuple[str, Any]] = []
    by_password, by_answers = server._Gate.check_auth_password, server._Gate.check_auth_interactive_response

    def password(gate, username, offered):
        seen.append(("password", offered))
        return by_password(gate, username, offered)

    def answers(gate, responses):
        seen.append(("answers", list(responses)))
        return by_answers(gate, responses)

    monkeypatch.setattr(server._Gate, "check_auth_password", password)
    monkeypatch.setattr(server._Gate, "check_auth_interactive_response", answers)
    return seen
