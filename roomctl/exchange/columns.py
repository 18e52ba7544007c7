"""The columns of a table that comes in or goes out, and which of them a file has.  Pure.

A column has its name in both languages; whoever types it may leave accents, case, blanks and signs away.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roomctl.errors import InvalidInput, Problem
from roomctl.text import folded

MOST_COLUMNS, MOST_ROWS = 50, 20_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in code, its names on screen, and whether a file must have it."""

    key: str
    vi: str
    en: str
    needed: bool = False

    def name(self, *, english: bool) -> str:
        return self.en if english else self.vi


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: its number as a spreadsheet shows it, and its cells by column; a column the file has not is missing."""

    number: int
    cells: Mapping[str, str]

    def text(self, key: str) -> str:
        return self.cells.get(key, "")


def plain(name: str) -> str:
    """Return a name as headings are compared: without accents, case, blanks and signs."""
    return "".join(letter for letter in folded(name) if letter.isalnum())


def refused(reason: str, **facts: object) -> InvalidInput:
    """Return the error of a file that cannot be read."""
    return InvalidInput([Problem("file", reason, tuple(facts.items()))])


def lines_of(rows: Iterable[tuple[int, Sequence[str]]], columns: Sequence[Column]) -> list[Line]:
    """Return the lines of a table, blank ones left out; the first that is not blank names the columns.

    Raises InvalidInput about "file": sheet_empty, sheet_too_many_columns, sheet_unknown_columns, sheet_column_twice,
    sheet_columns_missing, sheet_cell_without_column, sheet_too_many_rows, sheet_no_lines.
    """
    lines: list[Line] = []
    keys: list[str] | None = None
    for number, cells in rows:
        if number > MOST_ROWS + 1:
            raise refused("sheet_too_many_rows", limit=MOST_ROWS)
        texts = [unicodedata.normalize("NFC", cell).strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        if len(texts) > MOST_COLUMNS:
            raise refused("sheet_too_many_columns", line=number, limit=MOST_COLUMNS)
        if keys is None:
            keys = _keys(texts, columns)
            continue
        if len(texts) > len(keys) or any(text and not key for text, key in zip(texts, keys, strict=False)):
            raise refused("sheet_cell_without_column", line=number)
        texts += [""] * (len(keys) - len(texts))
        lines.append(Line(number, {key: text for key, text in zip(keys, texts, strict=True) if key}))
    if keys is None:
        raise refused("sheet_empty")
    if not lines:
        raise refused("sheet_no_lines")
    return lines


def _keys(heading: Sequence[str], columns: Sequence[Column]) -> list[str]:
    known = {plain(name): column.key for column in columns for name in (column.key, column.vi, column.en)}
    keys = [known.get(plain(name), "") if name else "" for name in heading]
    unknown = [name[:60] for name, key in zip(heading, keys, strict=True) if name and not key]
    if unknown:
        raise refused("sheet_unknown_columns", names=", ".join(unknown), known=", ".join(column.vi for column in columns))
    twice = [column.vi for column in columns if keys.count(column.key) > 1]
    if twice:
        raise refused("sheet_column_twice", names=", ".join(twice))
    missing = [column.vi for column in columns if column.needed and column.key not in keys]
    if missing:
        raise refused("sheet_columns_missing", names=", ".join(missing))
    return keys
