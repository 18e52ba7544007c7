"""A simulated codec whose password is changed, with what can go wrong while it obeys, and which notes the passwords it refuses."""

from dataclasses import dataclass, field
from typing import Any

import paramiko
import pytest

from device_drivers.simulators import server
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Network
from device_drivers.simulators.server import BadDay

FAMILY = "cisco_roomos"


@dataclass
class Obeys:
    """How the device takes the command; as it stands, a good day."""

    sets: bool = True
    says: str = "ok"  # Or "no", or "hangs_up".
    instead: str = ""  # The password it takes in place of the one it was told.
    passwords: list[str] = field(default_factory=list)


class SimulatedChangeable(SimulatedRoomOS):
    def __init__(self, **facts: Any) -> None:
        super().__init__(name="changeable", address="c@vc.example", network=Network(), **facts)
        self.obeys = Obeys()
        self.refused: list[str] = []  # Passwords that did not let anybody in.

    def _set_password(self, parameters: dict[str, str]) -> dict[str, Any]:
        self.obeys.passwords.append(parameters["NewPassphrase"])
        before = self.password
        answer = super()._set_password(parameters)
        if not self.obeys.sets:
            self.password = before
        if self.obeys.instead:
            self.password = self.obeys.instead
        if self.obeys.says == "hangs_up":
            self.cut_connections()
        return {"CommandResponse": {"PassphraseSetResult": {"status": "Error"}}} if self.obeys.says == "no" else answer


def note_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each such device note the passwords it refuses."""
    checked = server._Gate.check_auth_password

    def check(gate: server._Gate, username: str, password: str) -> int:
        answer = checked(gate, username, password)
        if answer != paramiko.AUTH_SUCCESSFUL and isinstance(gate._device, SimulatedChangeable):
            gate._device.refused.append(password)
        return answer

    monkeypatch.setattr(server._Gate, "check_auth_password", check)


def a_changeable(password: str, **bad: Any) -> SimulatedChangeable:
    device = SimulatedChangeable(password=password, bad=BadDay(**bad))
    device.start()
    return device
