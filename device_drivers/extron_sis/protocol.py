"""Extron's SIS as text and values, as far as it is known well enough.  Pure.

Source: second-hand, from published driver code, not from a device: what the banner holds and in which order (not how it is
laid out), the words after a login, the error codes, and the session that is closed after five silent minutes.
"""

import re
from dataclasses import dataclass

FIRMWARE = b"Q"  # A command of one letter; its answer is believed only when it looks like a version.
LONGEST_FIELD = 60  # Characters of one field of the banner: our own limit.

ERRORS = {
    "E01": "bad input number", "E06": "bad input change", "E10": "invalid command", "E11": "invalid preset", "E13": "invalid value",
    "E14": "not valid for this configuration", "E17": "time-out", "E22": "busy", "E24": "privilege violation", "E25": "device not present",
    "E26": "maximum connections exceeded", "E28": "bad name or file not found",
}
TOO_MANY_CONNECTIONS = "E26"

_VERSION = re.compile(r"[Vv]?(?P<number>[0-9]{1,4}(\.[0-9]{1,6}){1,4})")
_ERROR = re.compile(r"E[0-9]{2}")
_LOGIN = re.compile(r"Login (Administrator|User)")


@dataclass(frozen=True, slots=True)
class Banner:
    """What the device says of itself at connect; an empty field is one that could not be read."""

    model: str = ""
    firmware: str = ""
    part_number: str = ""
    date_line: str = ""
    raw: str = ""


def is_copyright(text: str) -> bool:
    """True for the line that begins the banner."""
    return "copyright" in text.casefold()


def banner(lines: list[str]) -> Banner:
    """Read the banner: a copyright line that holds model, firmware and part number in this order, then a date line.

    Fields are taken from around the first one that looks like a version; with none of those, nothing but the raw text is known.
    """
    start = next((number for number, text in enumerate(lines) if is_copyright(text)), None)
    if start is None:
        return Banner(raw="\n".join(lines))
    fields = [field.strip() for field in lines[start].split(",")]
    after = lines[start + 1 :]
    place = next((number for number, field in enumerate(fields) if version(field)), None)
    if place is None:
        return Banner(date_line=after[0] if after else "", raw="\n".join(lines))
    return Banner(model=_field(fields, place - 1), firmware=version(fields[place]) or "", part_number=_field(fields, place + 1),
                  date_line=after[0] if after else "", raw="\n".join(lines))


def _field(fields: list[str], place: int) -> str:
    """Return a field's text, or an empty string where there is none to believe."""
    text = fields[place] if 0 < place < len(fields) else ""  # The first is the copyright itself.
    return text if len(text) <= LONGEST_FIELD and text.isprintable() else ""


def version(text: str) -> str | None:
    """Return the version a text is, such as `1.02`, or None when it does not look like one."""
    found = _VERSION.fullmatch(text)
    return found and found["number"]


def error(text: str) -> str | None:
    """Return the error code a line is, or None."""
    return text if _ERROR.fullmatch(text) else None


def meaning(code: str) -> str:
    """Return a code with what it means, as a reason for people."""
    return f"{code}: {ERRORS.get(code, 'a code that is in no list')}"


def access(text: str) -> str | None:
    """Return who the device takes us for, `Administrator` or `User`, or None when the line does not say so."""
    found = _LOGIN.fullmatch(text)
    return found and found[1]


def is_password_prompt(text: str) -> bool:
    """True for a prompt that waits for a second password, behind the one of SSH."""
    return text.strip() == "Password:"
