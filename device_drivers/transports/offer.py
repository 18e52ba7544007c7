"""Reads how an SSH server introduces itself, its banner and its KEXINIT, and judges it.  Pure: bytes in, values out.

A greeting may be cut at any byte, and what a hostile or broken device can make this keep is limited (RFC 4253, 4.2 and 6).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from device_drivers.errors import ConnectionLost, UnexpectedReply
from device_drivers.readings import Legacy, SshOffer, SshVerdict

MOST_TEXT = 8_192  # Bytes up to the end of the banner; lines before it are allowed (RFC 4253, 4.2).
MOST_PACKET = 35_000  # What everybody must be able to read (RFC 4253, 6.1); a KEXINIT has one or two thousand bytes.
MOST_OTHER_PACKETS = 8  # Before the KEXINIT.

DISCONNECT, KEXINIT = 1, 20
PASSED_OVER = {2, 3, 4}  # Ignore, unimplemented, debug.
NOT_ALGORITHMS = ("ext-info-", "kex-strict-")  # Signals that travel among the key exchanges (RFC 8308, 2.1).
VERSIONS = ("2.0", "1.99")


@dataclass(frozen=True, slots=True)
class NameLists:
    """The names in a KEXINIT; "to" and "from" are seen from here."""

    key_exchange: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers_to_device: tuple[str, ...]
    ciphers_from_device: tuple[str, ...]
    macs_to_device: tuple[str, ...]
    macs_from_device: tuple[str, ...]
    compressions_to_device: tuple[str, ...]
    compressions_from_device: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Greeting:
    """A banner and the lists that followed; no lists when the banner speaks another version of SSH."""

    banner: str
    names: NameLists | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a transport of ours would agree to, best first."""

    key_exchange: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    compressions: tuple[str, ...]


def printable(data: bytes) -> str:
    """Return a device's bytes as text that cannot move a terminal's cursor: anything but printable ASCII is a question mark."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in data)


class GreetingReader:
    """Feed it what the device sends, until the greeting is whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._text_bytes = 0
        self._other_packets = 0
        self._banner: str | None = None
        self.said: list[str] = []  # The lines before the banner, where a full server says that it is full.

    def feed(self, data: bytes) -> Greeting | None:
        """Take the next bytes; return the greeting once it is whole.

        Raises UnexpectedReply when this is not SSH or breaks a limit, and ConnectionLost when the device says goodbye.
        """
        self._buffer += data
        if self._banner is None and not self._found_banner():
            return None
        if self._banner is not None and self._banner.split("-")[1] not in VERSIONS:
            return Greeting(self._banner, None)
        while (payload := self._next_packet()) is not None:
            if payload[0] == KEXINIT:
                return Greeting(self._banner or "", names_in(payload))
            if payload[0] == DISCONNECT:
                raise ConnectionLost(f"the device said goodbye: {printable(_Fields(payload[5:]).string()) if len(payload) > 5 else ''}")
            self._other_packets += 1
            if payload[0] not in PASSED_OVER or self._other_packets > MOST_OTHER_PACKETS:
                raise UnexpectedReply(asked="SSH key exchange", got=printable(payload[:100]))
        return None

    @property
    def kept_bytes(self) -> int:
        """Return how much is waiting for its end."""
        return len(self._buffer)

    def _found_banner(self) -> bool:
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            self._text_bytes += end + 1
            self._refuse_endless_text(self._text_bytes)
            del self._buffer[: end + 1]
            if line.startswith(b"SSH-"):
                self._banner = printable(line)
                if self._banner.count("-") < 2:
                    raise UnexpectedReply(asked="SSH banner", got=self._banner)
                return True
            self.said.append(printable(line))
        self._refuse_endless_text(self._text_bytes + len(self._buffer))
        return False

    def _refuse_endless_text(self, size: int) -> None:
        if size > MOST_TEXT:
            raise UnexpectedReply(asked="SSH banner", got=" ".join([*self.said, printable(bytes(self._buffer[:300]))]))

    def _next_packet(self) -> bytes | None:
        """Return the payload of the next packet: its length, the padding's length, payload, padding (RFC 4253, 6)."""
        if len(self._buffer) < 5:
            return None
        length, padding = int.from_bytes(self._buffer[:4], "big"), self._buffer[4]
        if length > MOST_PACKET or length < padding + 2:
            raise UnexpectedReply(asked="SSH key exchange", got=printable(bytes(self._buffer[:100])))
        if len(self._buffer) < 4 + length:
            return None
        payload = bytes(self._buffer[5 : 4 + length - padding])
        del self._buffer[: 4 + length]
        return payload


class _Fields:
    """Strings one after the other, each with its length before it (RFC 4251, 5)."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def string(self) -> bytes:
        start = self._at + 4
        end = start + int.from_bytes(self._data[self._at : start], "big")
        if start > len(self._data) or end > len(self._data):
            raise UnexpectedReply(asked="SSH key exchange", got=printable(self._data[self._at : self._at + 100]))
        self._at = end
        return self._data[start:end]

    def names(self) -> tuple[str, ...]:
        return tuple(printable(name) for name in self.string().split(b",") if name)


def names_in(payload: bytes) -> NameLists:
    """Return the lists of a KEXINIT: after a byte and a cookie of sixteen come ten, of which the two of languages are passed over.

    Raises UnexpectedReply when a list runs past the end.
    """
    fields = _Fields(payload[17:])
    lists = [fields.names() for _ in range(8)]
    return NameLists(tuple(name for name in lists[0] if not name.startswith(NOT_ALGORITHMS)), *lists[1:])


_VERDICTS = {Legacy.NONE: SshVerdict.MODERN, Legacy.HOSTKEY: SshVerdict.NEEDS_HOST_KEY_SHIM, Legacy.HOSTKEY_KEX: SshVerdict.NEEDS_BOTH,
             None: SshVerdict.IMPOSSIBLE}


def judge(greeting: Greeting, accepted: Mapping[Legacy, Accepted]) -> SshOffer:
    """Return what a device offers with its verdict, by what each of our transports accepts.

    Each list must hold a name that is accepted; the list that asks for most decides.
    """
    names = greeting.names
    unknown = ["host_key_fingerprint", "host_key_bits", "login_methods"]
    if names is None:
        version = "-".join(greeting.banner.split("-")[:2])
        return SshOffer(greeting.banner, (), (), (), (), (), (), (), (), SshVerdict.IMPOSSIBLE, (version,), tuple(unknown))
    if any("group-exchange" in name for name in names.key_exchange):
        unknown.append("group_bits")  # The device chooses the group, after this.
    needs = {part: _least_for(getattr(names, part), part, accepted) for part in NameLists.__slots__}
    worst = None if None in needs.values() else max(needs.values(), key=list(Legacy).index)
    if worst is Legacy.NONE:
        decided_by = [_agreed(getattr(names, part), part, accepted[worst])[0] for part in ("key_exchange", "host_keys", "ciphers_from_device")]
    else:
        deciding = [part for part, need in needs.items() if need is not Legacy.NONE and (worst or need is None)]
        decided_by = [name for part in deciding for name in getattr(names, part)]
    return SshOffer(greeting.banner, *(getattr(names, part) for part in NameLists.__slots__), _VERDICTS[worst],
                    tuple(dict.fromkeys(decided_by)), tuple(unknown))


def _agreed(offered: tuple[str, ...], part: str, accepted: Accepted) -> list[str]:
    """Return the names both sides know, ours first (RFC 4253, 7.1)."""
    return [name for name in getattr(accepted, part.split("_to_")[0].split("_from_")[0]) if name in offered]


def _least_for(offered: tuple[str, ...], part: str, accepted: Mapping[Legacy, Accepted]) -> Legacy | None:
    return next((legacy for legacy in Legacy if _agreed(offered, part, accepted[legacy])), None)
