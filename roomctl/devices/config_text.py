"""A codec's configuration as text, `path: value` a line: what must not be kept of it, and what changed from one to the next.  Pure.

Drivers leave secrets out.  What is kept is sifted here once more, in another way than theirs: by words in the path, by logins in
addresses, and by the very passwords roomctl knows of the device.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

SHORTEST_KNOWN = 4  # A shorter password stands in harmless values by chance.
_SPEAKS_OF_A_SECRET = re.compile(
    r"pass(word|phrase|code|wd)|secret|\bpsk\b|preshared|token|credential|community|private|\bpin\b|pincode|\bkeys?\b(?! ?size)"
    r"|(shared|wpa|api|encryption)keys?(?!size)")
_CARRIES_A_LOGIN = re.compile(r"://[^/\s@]*@")
_LOOKS_LIKE_A_KEY = re.compile(r"PRIVATE KEY|\bssh-(rsa|ed25519)\b")
_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What decides how well a call and its control are protected, by the beginning of the path; the numbers of a list do not count.
MATTERS = (
    ("Conference", "Encryption"), ("H323", "Encryption"), ("NetworkServices",), ("Security",), ("SIP", "DefaultTransport"), ("SIP", "TlsVerify"),
    ("UserManagement",),
)


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not what it was; a side that has none is None."""

    path: str
    before: str | None
    after: str | None

    @property
    def change(self) -> Change:
        return Change.ADDED if self.before is None else Change.REMOVED if self.after is None else Change.CHANGED

    @property
    def matters(self) -> bool:
        """True of a setting that security depends on."""
        words = tuple(word.casefold() for word in self.path.split() if not word.isdecimal())
        return any(words[:len(one)] == tuple(word.casefold() for word in one) for one in MATTERS)


def sifted(text: str, known: Collection[str] = ()) -> str:
    """Return a configuration without every line that looks like a secret, or holds one of the passwords in `known`.

    In doubt a line is left out: whoever lacks one mends it by hand.
    """
    passwords = [one for one in known if len(one) >= SHORTEST_KNOWN]
    return "".join(f"{line}\n" for line in text.splitlines() if line.strip() and not _is_secret(line, passwords))


def _is_secret(line: str, passwords: Collection[str]) -> bool:
    path, _, value = line.partition(": ")
    words = _JOINT.sub(" ", path).casefold()
    run_together = "".join(letter for letter in path.casefold() if letter.isalnum() or letter == " ")
    return bool(_SPEAKS_OF_A_SECRET.search(words) or _SPEAKS_OF_A_SECRET.search(run_together) or _CARRIES_A_LOGIN.search(value)
                or _LOOKS_LIKE_A_KEY.search(value) or any(one in line for one in passwords))


def settings_of(text: str) -> dict[str, str]:
    """Return the value of each path; a path that stands twice has its last one."""
    return {path: value for path, _, value in (line.partition(": ") for line in text.splitlines() if line)}


def differences(before: str, after: str) -> list[Difference]:
    """Return what changed from one configuration to another, what security depends on first, then in the order of the paths."""
    return sorted(_differing(settings_of(before), settings_of(after)), key=lambda one: not one.matters)


def _differing(before: dict[str, str], after: dict[str, str]) -> Iterator[Difference]:
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield Difference(path, before.get(path), after.get(path))
