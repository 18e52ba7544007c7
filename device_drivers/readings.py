"""What devices report, in the same words for every family.

Everything has a third answer: a value that was not read is unknown, never "no" and never "yes".
"""

from dataclasses import dataclass
from enum import StrEnum


class Tri(StrEnum):
    """Yes, no, or we do not know."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """How good the proof of encryption is, best first."""

    A = "A"  # Negotiated, per media stream, both directions.
    B = "B"  # Negotiated, per call.
    C = "C"  # Configured only: proves nothing.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A device's SSH host key; the fingerprint is OpenSSH's, "SHA256:" and base64 without padding."""

    algorithm: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SshFacts:
    """How a device was reached; part of the evidence."""

    host_key: HostKey
    account: str
    key_exchange: str
    cipher: str
    mac: str


@dataclass(frozen=True, slots=True)
class Identity:
    model: str
    serial: str
    firmware: str
    uptime_s: int | None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class CodecStatus:
    """A fresh look at a codec before a session."""

    identity: Identity
    registered: Tri
    registration: str  # The device's own word: "Registered", "Failed", ...
    can_encrypt: Tri
    calls: tuple["Call", ...]


class CallState(StrEnum):
    DIALLING = "dialling"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    DISCONNECTING = "disconnecting"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the codec reports it."""

    id: str
    state: CallState
    remote: str
    protocol: str = ""
    suite: str | None = None  # The call's own word for its encryption, such as "Aes-128"; None when it says nothing.


class EncryptionSetting(StrEnum):
    """The codec's configured wish.  It proves nothing about a call."""

    ON = "On"
    BEST_EFFORT = "BestEffort"
    OFF = "Off"


@dataclass(frozen=True, slots=True)
class Stream:
    """One media stream of a call; `direction` is "incoming" or "outgoing"."""

    id: str
    media: str
    direction: str
    encrypted: Tri


@dataclass(frozen=True, slots=True)
class Encryption:
    """What the active call was read back to be.

    `grade` says what kind of reading it is; `encrypted` is the worst over what was read; `raw` is the reply, kept as
    evidence.
    """

    grade: Grade
    encrypted: Tri
    streams: tuple[Stream, ...]
    suite: str | None
    raw: str

    @property
    def has_media_both_ways(self) -> bool:
        """True when audio flows out and in; before that there is nothing to prove."""
        return {stream.direction for stream in self.streams if stream.media == "audio"} >= {"incoming", "outgoing"}


@dataclass(frozen=True, slots=True)
class Participant:
    """One caller as a bridge reports it."""

    id: str
    remote: str
    encrypted: Tri
    suite: str | None


@dataclass(frozen=True, slots=True)
class ConferenceOnBridge:
    """One conference address of a bridge: who is in it, and whether the bridge is a simulator."""

    address: str
    participants: tuple[Participant, ...]
    locked: Tri
    raw: str
