"""What devices report, in the same words for every family.

Everything has a third answer: a value that was not read is unknown, never "no" and never "yes".
"""

from dataclasses import dataclass
from datetime import datetime
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


class Health(StrEnum):
    """What a single reading means for whoever depends on the device."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Measured:
    """One value a device reported.  `value` is what a person is shown, in `unit`; None is unknown, and is never shown as 0."""

    name: str  # A stable word that pages have a sentence for: "battery_charge", "outlet_state".
    value: float | str | None
    unit: str = ""  # "%", "min", "V", "°C", "W", ...
    health: Health = Health.UNKNOWN
    place: str = ""  # Which of several: an outlet's number, a port's name.
    raw: str = ""  # As the device sent it.
    mark: str = ""  # Why the value is not to be taken at its word: "capped", "implausible", "some_left", "at_least".


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
    signature: str = ""  # What the host key signed with: "rsa-sha2-512", "ssh-rsa" (SHA-1), ...; empty where there is no SSH.
    legacy: bool = False  # SHA-1 was negotiated for the host key's signature or the key exchange, whatever was allowed.


class Legacy(StrEnum):
    """How much of SHA-1 a connection may use, least first.  A person allows it for one device."""

    NONE = "none"
    HOSTKEY = "hostkey"  # A host key that signs with SHA-1 (ssh-rsa).
    HOSTKEY_KEX = "hostkey_kex"  # And Diffie-Hellman with SHA-1, in group 14 or group 1.


class SshVerdict(StrEnum):
    """Whether this installation can speak to an SSH server, by the names the server offers."""

    MODERN = "modern"
    NEEDS_HOST_KEY_SHIM = "needs_host_key_shim"
    NEEDS_BOTH = "needs_both"  # The key exchange is SHA-1 only, whatever the host key is.
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class SshOffer:
    """The algorithms an SSH server offers, in its own order, and what they mean here.

    `decided_by` holds the names that settled the verdict: those that would be used when it is modern, else all that were
    offered where nothing modern was.  `unknown` says what names do not tell; no other field speaks of it.
    """

    banner: str
    key_exchange: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers_to_device: tuple[str, ...]
    ciphers_from_device: tuple[str, ...]
    macs_to_device: tuple[str, ...]
    macs_from_device: tuple[str, ...]
    compressions_to_device: tuple[str, ...]
    compressions_from_device: tuple[str, ...]
    verdict: SshVerdict
    decided_by: tuple[str, ...]
    unknown: tuple[str, ...]  # "host_key_fingerprint", "host_key_bits", "login_methods", "group_bits".

    @property
    def needs(self) -> Legacy | None:
        """Return the least that must be allowed to connect; None when nothing that can be allowed is enough."""
        return {SshVerdict.MODERN: Legacy.NONE, SshVerdict.NEEDS_HOST_KEY_SHIM: Legacy.HOSTKEY,
                SshVerdict.NEEDS_BOTH: Legacy.HOSTKEY_KEX}.get(self.verdict)


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
    microphone: Tri = Tri.UNKNOWN  # Connected and working, as far as the device tells.
    camera: Tri = Tri.UNKNOWN
    clock_at: datetime | None = None  # The device's own clock, UTC; None when it does not tell.
    measured: tuple[Measured, ...] = ()  # Temperature, loss, volume: whatever else this look brought.


class CallState(StrEnum):
    DIALLING = "dialling"
    RINGING = "ringing"  # It comes in, and nobody has answered it yet; one that goes out stays DIALLING until then.
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
    incoming: bool | None = None  # None: the device does not say who called.


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
    """One call of a conference as a bridge reports it: somebody who called in, or whom the conference itself called."""

    id: str
    remote: str
    encrypted: Tri
    suite: str | None
    outgoing: bool = False  # The conference called.
    muted: Tri = Tri.UNKNOWN  # By the bridge, or told to it; what a room does to its own microphones is the room's to say.


@dataclass(frozen=True, slots=True)
class ConferenceOnBridge:
    """One conference address of a bridge: who is in it, and whether the bridge is a simulator."""

    address: str
    participants: tuple[Participant, ...]
    locked: Tri
    raw: str
