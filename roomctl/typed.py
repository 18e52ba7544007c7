"""What people type into the forms of upkeep, turned into values; everything that is wrong is said at once.  Pure."""

import re

from roomctl.errors import InvalidInput, Problem
from roomctl.text import TextRefused, clean_line

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Typed:
    """The fields of one form, read one after the other; `insist` then raises InvalidInput with all their problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def line(self, field: str, raw: str, *, longest: int, missing: str = "") -> str:
        """Return one line of clean text; `missing` is the reason why it may not be empty."""
        try:
            text = clean_line(raw, longest=longest)
        except TextRefused as error:
            self.refuse(field, f"text_{error.reason}", limit=longest)
            return ""
        if missing and not text:
            self.refuse(field, missing)
        return text

    def code(self, field: str, raw: str, *, longest: int) -> str:
        """Return a code: Latin letters, digits, dot, dash and underline."""
        code = raw.strip()
        if not _CODE.fullmatch(code) or len(code) > longest:
            self.refuse(field, "bad_code", limit=longest)
        return code

    def within(self, field: str, number: int, least: int, most: int) -> int:
        """Return a number that lies between two others, both counted in."""
        if not least <= number <= most:
            self.refuse(field, "number_out_of_range", least=least, most=most)
        return number

    def refuse(self, field: str, reason: str, **facts: object) -> None:
        self.problems.append(Problem(field, reason, tuple(facts.items())))

    def insist(self) -> None:
        """Raise InvalidInput when anything was wrong."""
        if self.problems:
            raise InvalidInput(self.problems)
