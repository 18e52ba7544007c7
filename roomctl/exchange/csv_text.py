"""Tables as CSV: as Excel in Vietnam writes and reads it.  Pure.

Written with ";" between cells, since that is what Excel splits at where numbers have a decimal comma, and with a byte order
mark, without which it takes the letters for another encoding's.  A cell that Excel would evaluate gets an apostrophe in front,
which is taken off again on the way in.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from roomctl.exchange.columns import refused

DELIMITERS = ";,\t"
_EVALUATED = re.compile(r"'*[=+\-@\t\r]")  # OWASP, "CSV Injection"; with any number of apostrophes before it, so that one can be taken off again.


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet evaluates."""
    return f"'{cell}" if _EVALUATED.match(cell) else cell


def as_typed(cell: str) -> str:
    """Return what `neutral` was given."""
    return cell[1:] if cell.startswith("'") and _EVALUATED.match(cell) else cell


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as CSV for Excel."""
    file = StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + file.getvalue().encode()


def rows_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a CSV file with their numbers; raises InvalidInput: sheet_encoding, sheet_not_a_table, sheet_quotes."""
    text = _decoded(content)
    if "\0" in text:
        raise refused("sheet_not_a_table")
    delimiter, skipped = _delimiter(text)
    reader, number = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refused("sheet_quotes", line=number) from error
        if number > skipped:
            yield number, [as_typed(cell) for cell in row]


def _decoded(content: bytes) -> str:
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        newline = "\n".encode("utf-16-le" if content.startswith(codecs.BOM_UTF16_LE) else "utf-16-be") if utf16 else b"\n"
        raise refused("sheet_encoding", line=content[:error.start].count(newline) + 1) from error


def _delimiter(text: str) -> tuple[str, int]:
    """Return what stands between the cells, and how many rows say nothing else: Excel's own "sep=;" counts as one."""
    first = text.lstrip("\r\n").split("\n", 1)[0].strip("\r\n ")
    if first.lower().startswith("sep=") and first[4:5] in DELIMITERS and len(first) == 5:
        return first[4], 1
    bare = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=bare.count), 0
