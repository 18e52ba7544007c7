"""The contract of every bridge driver."""

from typing import Protocol

from device_drivers.readings import ConferenceOnBridge, Grade, Identity, SshFacts


class Bridge(Protocol):
    """One connection to one bridge (MCU)."""

    family: str
    supports: frozenset[str]
    best_proof: Grade  # The best its view of a caller can prove; NONE for a simulator.
    cannot: str  # One English sentence: what no bridge of the family can prove or do through this driver.

    @property
    def reached_by(self) -> SshFacts: ...
    def identify(self) -> Identity: ...
    def conference(self, address: str) -> ConferenceOnBridge:
        """Return who is in the conference at `address`, and each one's encryption as the bridge sees it.

        A call that the conference itself placed is listed once it is answered, with the address called as its `remote`.
        """
        ...

    def drop(self, address: str, participant_id: str) -> None: ...
    def lock(self, address: str, locked: bool) -> None: ...
    def close(self) -> None: ...


class DialsOut(Protocol):
    """A bridge whose `supports` has "dial"."""

    def dial(self, address: str, remote: str) -> str:
        """Let the conference at `address` call `remote`, another bridge's conference or a guest, and return the participant's id.

        The far end sees the conference's own address calling.  Nothing says that anybody answers.
        """
        ...
