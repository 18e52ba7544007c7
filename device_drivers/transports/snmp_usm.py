"""SNMPv3 messages: written, proven and read (RFC 3412, 6; RFC 3414, 2 and 3).  No network.

A digest is found by its place in the message, never by searching for its octets, and compared in constant time.
"""

import hmac
from dataclasses import dataclass

from device_drivers.snmp.asking import Oid
from device_drivers.transports.snmp_ber import (
    INTEGER,
    OCTETS,
    REPORT,
    SEQUENCE,
    Malformed,
    Pdu,
    expect,
    head,
    integer,
    read_pdu,
    small_integer,
    wrap,
)
from device_drivers.transports.snmp_login import Keys

AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4
WINDOW_S = 150
LARGEST_MESSAGE = 65_507  # Octets, the most UDP carries.

_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
REPORTS: dict[Oid, str] = {
    (*_STATS, 1, 0): "unsupportedSecLevels", (*_STATS, 2, 0): "notInTimeWindows", (*_STATS, 3, 0): "unknownUserNames",
    (*_STATS, 4, 0): "unknownEngineIDs", (*_STATS, 5, 0): "wrongDigests", (*_STATS, 6, 0): "decryptionErrors",
    (1, 3, 6, 1, 6, 3, 12, 1, 4, 0): "unavailableContexts", (1, 3, 6, 1, 6, 3, 12, 1, 5, 0): "unknownContexts",
    (1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0): "unknownPDUHandlers",
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message as it came, nothing of it proven yet."""

    msg_id: int
    flags: int
    engine_id: bytes
    boots: int
    time_s: int
    username: bytes
    digest_at: tuple[int, int]
    salt: bytes
    scoped: bytes  # The scoped PDU, or its encrypted octets.
    whole: bytes  # Without what came behind the message.


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in a message whose digest was right, or that claims no security at all."""

    context_engine_id: bytes
    context_name: bytes
    pdu: Pdu

    @property
    def report(self) -> str:
        """The word of a Report; empty for everything else."""
        if self.pdu.kind != REPORT:
            return ""
        name = self.pdu.bindings[0][0] if self.pdu.bindings else ()
        return REPORTS.get(name) or "report " + ".".join(map(str, name))


class NotProven(Exception):
    """The digest is wrong, or what should be encrypted cannot be read."""


def read(data: bytes) -> Sealed:
    """Read the outside of a message of version 3; raises Malformed."""
    at, end = expect(data, 0, len(data), SEQUENCE)
    version, at = small_integer(data, at, end)
    if version != 3:
        raise Malformed(f"version {version}")
    inside, after = expect(data, at, end, SEQUENCE)
    msg_id, inside = small_integer(data, inside, after)
    _, inside = small_integer(data, inside, after)  # The largest message the sender accepts: nothing of ours is that large.
    start, inside_end = expect(data, inside, after, OCTETS)
    if inside_end - start != 1:
        raise Malformed("flags are one octet")
    flags = data[start]
    model, _ = small_integer(data, inside_end, after)
    if model != 3:
        raise Malformed(f"security model {model}")
    start, at = expect(data, after, end, OCTETS)
    start, stop = expect(data, start, at, SEQUENCE)
    first, start = expect(data, start, stop, OCTETS)
    engine_id = data[first:start]
    boots, start = small_integer(data, start, stop)
    time_s, start = small_integer(data, start, stop)
    if not (0 <= boots < 1 << 31 and 0 <= time_s < 1 << 31):
        raise Malformed("a time that cannot be")
    first, start = expect(data, start, stop, OCTETS)
    username = data[first:start]
    digest_at = expect(data, start, stop, OCTETS)
    first, last = expect(data, digest_at[1], stop, OCTETS)
    salt = data[first:last]
    tag, first, last = head(data, at, end)
    if tag != (OCTETS if flags & ENCRYPTED else SEQUENCE):
        raise Malformed("flags and content do not agree")
    scoped = data[first:last] if flags & ENCRYPTED else data[at:last]
    return Sealed(msg_id, flags, engine_id, boots, time_s, username, digest_at, salt, scoped, data[:end])


def open_sealed(sealed: Sealed, keys: Keys | None) -> Opened:
    """Prove and decrypt a message with its user's keys for its engine; None opens only what claims no security.

    Raises NotProven, or Malformed when what was proven is no scoped PDU.
    """
    flags = sealed.flags & (AUTHENTICATED | ENCRYPTED)
    if flags == ENCRYPTED:
        raise Malformed("encrypted, and not authenticated")  # RFC 3412, 7.2, 5d.
    scoped = sealed.scoped
    if flags:
        if keys is None or not keys.auth_protocol or not _digest_is_right(sealed, keys):
            raise NotProven("wrongDigests")
        if flags & ENCRYPTED:
            if not keys.priv_protocol:
                raise NotProven("unsupportedSecLevels")
            try:
                scoped = keys.decrypt(scoped, sealed.boots, sealed.time_s, sealed.salt)
                return _scoped(scoped)
            except ValueError as error:  # Noise, mostly: a wrong key decrypts to it.
                raise NotProven("decryptionErrors") from error
    return _scoped(scoped)


def _digest_is_right(sealed: Sealed, keys: Keys) -> bool:
    start, stop = sealed.digest_at
    if stop - start != keys.digest_octets:
        return False
    blank = sealed.whole[:start] + bytes(stop - start) + sealed.whole[stop:]
    digest = hmac.digest(keys.auth_key, blank, keys.hash_name)[: keys.digest_octets]
    return hmac.compare_digest(digest, sealed.whole[start:stop])


def _scoped(data: bytes) -> Opened:
    at, end = expect(data, 0, len(data), SEQUENCE)  # DES leaves octets behind it.
    start, at = expect(data, at, end, OCTETS)
    context_engine_id = data[start:at]
    start, at = expect(data, at, end, OCTETS)
    return Opened(context_engine_id, data[start:at], read_pdu(data, at, end))


def seal(msg_id: int, body: bytes, *, engine_id: bytes, boots: int, time_s: int, username: bytes, keys: Keys | None, level: int,
         reportable: bool, context_engine_id: bytes | None = None) -> bytes:
    """Return a message around a PDU, authenticated and encrypted as `level` says."""
    context = engine_id if context_engine_id is None else context_engine_id
    scoped = wrap(SEQUENCE, wrap(OCTETS, context) + b"\x04\x00" + body)
    digest, salt = b"", b""
    if level & ENCRYPTED:
        encrypted, salt = keys.encrypt(scoped, boots, time_s)
        scoped = wrap(OCTETS, encrypted)
    if level & AUTHENTICATED:
        digest = bytes(keys.digest_octets)
    flags = level | REPORTABLE * reportable
    security = wrap(SEQUENCE, wrap(OCTETS, engine_id) + integer(boots) + integer(time_s) + wrap(OCTETS, username)
                    + wrap(OCTETS, digest) + wrap(OCTETS, salt))
    header = wrap(SEQUENCE, integer(msg_id) + integer(LARGEST_MESSAGE) + bytes((OCTETS, 1, flags, INTEGER, 1, 3)))
    whole = wrap(SEQUENCE, integer(3) + header + wrap(OCTETS, security) + scoped)
    if not digest:
        return whole
    stop = len(whole) - len(scoped) - len(wrap(OCTETS, salt))
    start = stop - len(digest)
    return whole[:start] + hmac.digest(keys.auth_key, whole, keys.hash_name)[: len(digest)] + whole[stop:]
