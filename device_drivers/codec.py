"""The contract of every codec driver.  What a family cannot do is absent from `supports`, never faked."""

from typing import Protocol

from device_drivers.readings import Call, CodecStatus, Encryption, EncryptionSetting, Grade, Identity, Measured, SshFacts, Tri


class Codec(Protocol):
    """One connection to one codec.  Calls block; errors are DeviceError; use it from one thread at a time or many: it queues."""

    family: str
    supports: frozenset[str]
    best_proof: Grade  # The best a reading can prove of a call.  What is configured proves nothing: a family with no more says NONE.
    cannot: str  # One English sentence: what no device of the family can prove or do through this driver.

    @property
    def reached_by(self) -> SshFacts: ...
    def identify(self) -> Identity: ...
    def status(self) -> CodecStatus: ...
    def readiness(self) -> CodecStatus:
        """Return what is asked before a call: who it is, whether it is registered and can encrypt, its calls, its clock.  Nothing is measured."""
        ...

    def calls(self) -> tuple[Call, ...]: ...
    def dial(self, address: str) -> str:
        """Start dialling and return the call's id.  It says nothing about whether anybody answers."""
        ...

    def hang_up(self, call_id: str) -> None: ...
    def mute(self, muted: bool) -> Tri:
        """Mute or unmute the microphones and return what was read back."""
        ...

    def muted(self) -> Tri:
        """Return whether the microphones are muted, changing nothing; wherever `supports` has "mute"."""
        ...

    def encryption_setting(self) -> EncryptionSetting: ...
    def set_encryption(self, setting: EncryptionSetting) -> EncryptionSetting:
        """Change the configured wish and return it as read back."""
        ...

    def read_encryption(self, call_id: str) -> Encryption: ...
    def restart(self) -> None: ...
    def close(self) -> None: ...


class AnswersCalls(Protocol):
    """A codec whose `supports` has "answer"."""

    def answer(self, call_id: str) -> None:
        """Accept an incoming call that rings; raise CommandRefused when there is none of that id.

        The device's OK says only that it was told: that the call is up is read from `calls`.
        """
        ...


class ShowsMessages(Protocol):
    """A codec whose `supports` has "message"."""

    def message(self, text: str, seconds: int) -> None:
        """Show a text on the room's screen for so many seconds; raise CommandRefused when the device says no, UnsafeValue for a text with
        control characters.

        No device tells whether anybody saw it, so nobody may call it seen.
        """
        ...


class KeepsConfiguration(Protocol):
    """A codec whose `supports` has "backup"."""

    def backup(self) -> str:
        """Return the configuration as sorted lines `path: value`, without secrets."""
        ...


class MeasuresCalls(Protocol):
    """A codec whose `supports` has "measure_calls"."""

    def measure_calls(self) -> tuple[Measured, ...]:
        """Return packet loss (percent) and jitter (ms) of every media channel of every call."""
        ...


class ChangesPassword(Protocol):
    """A driver whose `supports` has "set_password": only where a command for it is verified, and never by guessing.

    `password_length` and `password_letters` are what the family takes.  Whether the device took it is proven by signing in anew, never
    by the device's word.
    """

    password_length: int
    password_letters: str

    def set_password(self, password: str, *, current: str) -> None:
        """Give the account this connection is signed in with, by its current password, another one; raise CommandRefused when the device says no.

        No error shows either of them.
        """
        ...
