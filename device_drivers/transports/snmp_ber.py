"""SNMP's messages as octets: the part of BER that agents speak (RFC 3416, and RFC 1157 for version 1).  Pure.

Reading is lenient where a device's fault does no harm: lengths longer than they need be, octets behind the message, a type that version 1
does not have, unsigned numbers sent as negative ones.  A value that cannot be read becomes Unreadable and the rest of the answer stands.
What ends too early is Malformed: half a list must not look like a whole one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from device_drivers.snmp.asking import Oid, Unreadable, Value

VERSIONS = {"1": 0, "2c": 1, "3": 3}

INTEGER, OCTETS, NULL, OBJECT_ID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER_32, GAUGE_32, TIME_TICKS, OPAQUE, COUNTER_64, UNSIGNED_32 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x47
GET, GET_NEXT, RESPONSE, TRAP_V1, GET_BULK, INFORM, TRAP_V2, REPORT = 0xA0, 0xA1, 0xA2, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8

_UNSIGNED = {COUNTER_32: 32, GAUGE_32: 32, TIME_TICKS: 32, UNSIGNED_32: 32, COUNTER_64: 64}  # Bits.
_LONGEST_CACHED_OID = 64  # Octets; a hostile sender could fill the memory with longer ones.
_LONGEST_OID = 1024  # Octets.  RFC 2578 allows 128 numbers.


class Malformed(ValueError):
    """The octets are no SNMP message."""


class Nothing(Enum):
    """Why a name has no value in an answer."""

    NULL = NULL
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB = 0x82


_NOTHING = {one.value: one for one in Nothing}


class Status:
    """The error-status of an answer (RFC 3416, 3), as far as something is done about it."""

    OK, TOO_BIG, NO_SUCH_NAME, GENERAL, NO_ACCESS, AUTHORIZATION = 0, 1, 2, 5, 6, 16


@dataclass(frozen=True, slots=True)
class Pdu:
    """One request, answer or notification.

    `status` and `index` are non-repeaters and max-repetitions in a GETBULK.  A binding whose name cannot be read is left out.
    `listed` is the list of bindings as it came, to be sent back unchanged.
    """

    kind: int
    request_id: int
    status: int
    index: int
    bindings: tuple[tuple[Oid, Value | Nothing], ...]
    listed: bytes = b""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of version 1 or 2c.  `pdu` is None for a trap of version 1, whose octets `body` holds."""

    version: int
    community: bytes
    kind: int
    pdu: Pdu | None
    body: bytes


def head(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return the tag at a place, and where its content begins and ends."""
    if at + 2 > end:
        raise Malformed("ends within a head")
    tag, length = data[at], data[at + 1]
    at += 2
    if length > 127:
        octets = length & 127
        if not 0 < octets <= 8 or at + octets > end:  # 0 is the indefinite form, which SNMP does not use (RFC 3417, 8).
            raise Malformed("a length that cannot be read")
        length = int.from_bytes(data[at : at + octets], "big")
        at += octets
    if at + length > end:
        raise Malformed("ends within a value")
    return tag, at, at + length


def expect(data: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    """Return where the content of the wanted type begins and ends."""
    tag, start, stop = head(data, at, end)
    if tag != wanted:
        raise Malformed(f"type {tag:#x} where {wanted:#x} belongs")
    return start, stop


def small_integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return an INTEGER of a header and where it ends."""
    start, stop = expect(data, at, end, INTEGER)
    if not 0 < stop - start <= 8:
        raise Malformed("a number that cannot be read")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def version_of(data: bytes) -> int:
    """Return a message's version as it is on the wire: 0, 1 or 3."""
    start, end = expect(data, 0, len(data), SEQUENCE)
    return small_integer(data, start, end)[0]


def read_message(data: bytes) -> Message:
    """Read a message of version 1 or 2c; octets behind it are ignored."""
    at, end = expect(data, 0, len(data), SEQUENCE)
    version, at = small_integer(data, at, end)
    if version not in (0, 1):
        raise Malformed(f"version {version}")
    start, at = expect(data, at, end, OCTETS)
    community = data[start:at]
    kind, start, stop = head(data, at, end)
    if kind == TRAP_V1:
        return Message(version, community, kind, None, data[start:stop])
    return Message(version, community, kind, read_pdu(data, at, end), b"")


def read_pdu(data: bytes, at: int, end: int) -> Pdu:
    """Read the PDU at a place; every kind but version 1's trap has this form."""
    kind, at, end = head(data, at, end)
    if not 0xA0 <= kind <= 0xA8 or kind == TRAP_V1:
        raise Malformed(f"type {kind:#x} where a PDU belongs")
    request_id, at = small_integer(data, at, end)
    status, at = small_integer(data, at, end)
    index, at = small_integer(data, at, end)
    start, stop = expect(data, at, end, SEQUENCE)
    return Pdu(kind, request_id, status, index, read_bindings(data, start, stop), data[at:stop])


def read_bindings(data: bytes, at: int, end: int) -> tuple[tuple[Oid, Value | Nothing], ...]:
    """Read the content of a list of bindings."""
    found = []
    while at < end:
        at, stop = expect(data, at, end, SEQUENCE)
        start, middle = expect(data, at, stop, OBJECT_ID)
        name = read_oid(data[start:middle])
        tag, start, last = head(data, middle, stop)
        if name is not None:
            found.append((name, read_value(tag, data[start:last])))
        at = stop
    return tuple(found)


def read_value(tag: int, octets: bytes) -> Value | Nothing:
    """Return a value by its type's tag.

    An IpAddress is 4 octets.  Unsigned numbers are read modulo 2^32 (Counter64: 2^64), for some agents send them as negative ones.
    """
    if tag == OCTETS:
        return octets
    if tag == INTEGER:
        return int.from_bytes(octets, "big", signed=True) if 0 < len(octets) <= 8 else Unreadable(tag, octets)
    bits = _UNSIGNED.get(tag)
    if bits:
        number = int.from_bytes(octets, "big", signed=True) if 0 < len(octets) <= bits // 8 + 1 else 1 << bits
        return number % (1 << bits) if -(1 << bits - 1) <= number < 1 << bits else Unreadable(tag, octets)
    if tag in _NOTHING:
        return _NOTHING[tag]
    if tag == OBJECT_ID:
        found = read_oid(octets)
        return Unreadable(tag, octets) if found is None else found
    if tag == IP_ADDRESS and len(octets) == 4:
        return octets
    return Unreadable(tag, octets)


def read_oid(octets: bytes) -> Oid | None:
    """Return an OID, or None when it cannot be one: cut off, or with a number of more than 32 bits."""
    if len(octets) <= _LONGEST_CACHED_OID:
        return _read_short_oid(octets)
    return _numbers_of(octets) if len(octets) <= _LONGEST_OID else None


def _numbers_of(octets: bytes) -> Oid | None:
    if not octets or octets[-1] > 127:
        return None
    numbers, number = [], 0
    for octet in octets:
        number = number << 7 | octet & 127
        if number > 0xFFFFFFFF:
            return None
        if octet < 128:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return (first, numbers[0] - 40 * first, *numbers[1:])


_read_short_oid = lru_cache(maxsize=32_768)(_numbers_of)


def wrap(tag: int, content: bytes) -> bytes:
    """Return content with its head."""
    length = len(content)
    if length < 128:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 128 | len(octets))) + octets + content


def number_octets(number: int) -> bytes:
    """Return a number's content as shortly as BER allows, which for unsigned types may be one octet longer than their bits."""
    return number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True)


def integer(number: int) -> bytes:
    """Return an INTEGER."""
    return wrap(INTEGER, number_octets(number))


@lru_cache(maxsize=8192)
def object_id(name: Oid) -> bytes:
    """Return an OID with its head."""
    if len(name) < 2 or not ((name[0] < 2 and name[1] < 40) or name[0] == 2) or min(name) < 0 or max(name) > 0xFFFFFFFF:
        raise ValueError(f"{name!r} is no OID")
    content = bytearray()
    for number in (name[0] * 40 + name[1], *name[2:]):
        chunk = [number & 127]
        while number := number >> 7:
            chunk.append(number & 127 | 128)
        content += bytes(reversed(chunk))
    return wrap(OBJECT_ID, bytes(content))


@lru_cache(maxsize=4096)
def asked_for(names: tuple[Oid, ...]) -> bytes:
    """Return the list of bindings of a request: names with NULL."""
    return wrap(SEQUENCE, b"".join(wrap(SEQUENCE, object_id(name) + b"\x05\x00") for name in names))


def listed(bindings: Iterable[tuple[Oid, int, bytes]]) -> bytes:
    """Return a list of bindings from names, tags and contents."""
    return wrap(SEQUENCE, b"".join(wrap(SEQUENCE, object_id(name) + wrap(tag, content)) for name, tag, content in bindings))


def pdu(kind: int, request_id: int, bindings: bytes, *, status: int = 0, index: int = 0) -> bytes:
    """Return a PDU; `bindings` is a whole list, as `asked_for` and `listed` make it."""
    return wrap(kind, integer(request_id) + integer(status) + integer(index) + bindings)


def message(version: int, community: bytes, body: bytes) -> bytes:
    """Return a message of version 1 or 2c around a PDU."""
    return wrap(SEQUENCE, integer(version) + wrap(OCTETS, community) + body)
