"""Raw values of SNMP agents, read one by one: numbers, text, object identifiers, bits.  Pure.

Every function takes what the agent sent, or None when it sent nothing, and returns None when it cannot tell.  None of them raises,
and none of them makes a 0 of anything but a 0.
"""

import re
import unicodedata

from device_drivers.snmp.asking import Oid, Unreadable, Value, oid

WRAP_32, WRAP_64 = 2**32, 2**64
NOT_TOLD = frozenset({-1, 65535, 2147483647})  # Sent by agents instead of a number they do not have.
_LONGEST = 4_000  # Characters of one text; more is no text of a device.
# A number must end where a number can end: "23.5 C" is one, "1.10.3" and "2022-03-04" are not.
_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?)(?![0-9.,:/+-])")
_OBJECT = re.compile(r"\.?[0-9]{1,10}(\.[0-9]{1,10}){2,127}")


def number(value: Value | None) -> int | float | None:
    """Return an integer, or the number a text begins with ("23.5 C", "55.652" and a NUL); None for all else."""
    if isinstance(value, int):
        return value
    if not isinstance(value, bytes) or (found := _NUMBER.match(text(value))) is None:
        return None
    return float(found[1]) if "." in found[1] else int(found[1])


def whole(value: Value | None) -> int | None:
    """Return a number that is whole, such as the number of a state."""
    found = number(value)
    return None if found is None or found != int(found) else int(found)


def unsigned_32(value: Value | None) -> int | None:
    """Return a 32-bit count; agents that send it as negative mean the count modulo 2^32."""
    found = whole(value)
    return None if found is None else found % WRAP_32


def unsigned_64(value: Value | None) -> int | None:
    """Return a 64-bit count, read modulo 2^64."""
    found = whole(value)
    return None if found is None else found % WRAP_64


def seconds(value: Value | None) -> float | None:
    """Return TimeTicks (1/100 s, 32 bits) as seconds."""
    ticks = unsigned_32(value)
    return None if ticks is None else ticks / 100


def text(value: Value | None) -> str:
    """Return text in NFC, on one line and without control characters; empty when there is none.

    What is no UTF-8 is read as Windows' western page, which never fails; a letter that was cut at the end is left out.
    """
    if not isinstance(value, bytes):
        return ""
    octets = value.split(b"\0", 1)[0]
    try:
        said = octets.decode()
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and error.end == len(octets)
        said = octets[:error.start].decode() if cut else octets.decode("cp1252", "replace")
    said = unicodedata.normalize("NFC", said[:_LONGEST])
    return " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())


def object_id(value: Value | None) -> Oid | None:
    """Return an object identifier, also one that was sent as text."""
    if isinstance(value, tuple):
        return value
    said = text(value)
    return oid(said) if _OBJECT.fullmatch(said) else None


def bits(value: Value | None) -> frozenset[int] | None:
    """Return which bits of a bit string are set, bit 0 being the first of the first octet (RFC 2578, BITS); None for no octets."""
    if not isinstance(value, bytes) or not value:
        return None
    return frozenset(place for place in range(8 * len(value[:64])) if value[place // 8] & (0x80 >> place % 8))


def as_sent(value: Value | None) -> str:
    """Return a value for people who must see what the agent really sent: a number, text, dotted arcs or hexadecimal digits.

    Of an empty text two quotation marks: something was sent.
    """
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ".".join(map(str, value))[:200]
    if isinstance(value, Unreadable):
        return f"tag {value.tag}: {value.octets[:60].hex()}"
    if isinstance(value, bytes):
        said = text(value)
        return said[:200] if said and said.encode() == value.rstrip(b"\0") else value[:100].hex() or '""'
    return str(value)[:40] if abs(value) < WRAP_64 else "a number of more than 64 bits"
