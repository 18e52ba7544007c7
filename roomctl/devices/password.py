"""Making a password for a device: random, of letters and digits that no command line and no person takes for something else."""

import secrets
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits

KINDS = tuple("".join(letter for letter in kind if letter not in "Il1O0o") for kind in (ascii_lowercase, ascii_uppercase, digits))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a family takes: how long, of which signs; at least one of each of the three kinds of signs is in it where they are allowed."""

    length: int = 24
    letters: str = "".join(KINDS)


def made(rule: Rule) -> str:
    """Return a new password by a rule."""
    kinds = [here for kind in KINDS if (here := "".join(letter for letter in kind if letter in rule.letters))] or [rule.letters]
    while True:
        password = "".join(secrets.choice(rule.letters) for _ in range(rule.length))
        if rule.length < len(kinds) or all(any(letter in kind for letter in password) for kind in kinds):
            return password
