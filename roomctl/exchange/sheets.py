"""Reading a table that somebody sends, and writing one that somebody takes along: XLSX and CSV.

Whatever is sent is told apart by what is in it, not by its name.
"""

from collections.abc import Iterable, Sequence

from roomctl.exchange import csv_text, workbook
from roomctl.exchange.columns import Column, Line, lines_of, refused

MB = 1024**2
LARGEST = 5 * MB
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"xlsx": XLSX_TYPE, "csv": "text/csv"}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(content: bytes, columns: Sequence[Column]) -> list[Line]:
    """Return the lines of a file; raise InvalidInput about "file" that says what is wrong, and where."""
    if not content.strip():
        raise refused("sheet_empty")
    if len(content) > LARGEST:
        raise refused("sheet_too_large", limit=LARGEST // MB)
    if content.startswith(_OLD_OFFICE):
        raise refused("sheet_has_password" if "EncryptedPackage".encode("utf-16-le") in content else "sheet_old_xls")
    if content.startswith(b"%PDF") or content.startswith(b"{\\rtf"):
        raise refused("sheet_not_a_table")
    rows = workbook.rows_of(content) if content.startswith(b"PK") else csv_text.rows_of(content)
    return lines_of(rows, columns)


def written(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, form: str, english: bool = False) -> bytes:
    """Return a table as "xlsx" or "csv", its heading in one of both languages."""
    table = [[column.name(english=english) for column in columns], *rows]
    return workbook.written(table) if form == "xlsx" else csv_text.written(table)
