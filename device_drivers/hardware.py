"""The contract of drivers for room hardware with a text control: audio processors, switchers."""

from typing import Protocol

from device_drivers.readings import Grade, Identity, Measured, SshFacts


class Hardware(Protocol):
    """One connection to one piece of hardware."""

    family: str
    supports: frozenset[str]  # Of what `identify` returns, "serial" and "uptime" only where the family tells them.
    best_proof: Grade  # NONE: no hardware proves anything about a call.
    cannot: str  # One English sentence: what no device of the family can prove or do through this driver.

    @property
    def reached_by(self) -> SshFacts: ...
    @property
    def is_open(self) -> bool: ...
    def identify(self) -> Identity: ...
    def measure(self) -> tuple[Measured, ...]:
        """Return what it reports of itself: faults, mutes, inputs."""
        ...

    def close(self) -> None: ...
