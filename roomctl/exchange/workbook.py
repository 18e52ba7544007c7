"""Tables as XLSX.  A file is measured before it is parsed: what would take longer than somebody waits is refused by counting.

All that is written is text, so nothing is evaluated.  Of a formula that was saved with its result, the result is read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from roomctl import zipped
from roomctl.exchange.columns import MOST_COLUMNS, MOST_ROWS, refused
from roomctl.exchange.csv_text import as_typed, neutral

MB = 1024**2
MOST_INSIDE, MOST_OF_ONE_PART = 48 * MB, 2 * MB
MOST_CELLS, MOST_TEXTS = 400_000, 200_000
_ROW, _CELL, _TEXT = (re.compile(rb"<(?:\w{1,9}:)?" + tag + rb"[\s/>]") for tag in (b"row", b"c", b"si"))
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_RESULT = re.compile(  # A cell with a formula and without its result.  Bounded, and never past the next tag: a hostile file is searched as fast.
    rb'<(?:\w{1,9}:)?c [^<>]{0,99}?r="([A-Z]+[0-9]+)"[^<>]{0,99}>\s*<(?:\w{1,9}:)?f(?:[^<>]{0,200}/>|[^<>]{0,200}>[^<>]*</(?:\w{1,9}:)?f>)'
    rb"\s*(?:<(?:\w{1,9}:)?v\s*/>|<(?:\w{1,9}:)?v>\s*</(?:\w{1,9}:)?v>)?\s*</(?:\w{1,9}:)?c>")


def rows_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of the first sheet with their numbers.

    Raises InvalidInput: sheet_damaged, sheet_too_large_inside, sheet_too_many_rows, sheet_too_many_cells, sheet_formula.
    """
    try:
        archive = zipped.opened(BytesIO(content), most_inside=MOST_INSIDE)
    except zipped.ZipRefused as error:
        raise refused("sheet_damaged" if error.reason == "damaged" else "sheet_too_large_inside") from error
    _measure(archive)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
        sheet.reset_dimensions()  # What the file says of its own size may be wrong.
        rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1)
    except Exception as error:  # openpyxl lets everything through that XML, ZIP and its own classes raise.
        raise refused("sheet_damaged") from error
    return _texts(rows)


def _measure(archive: ZipFile) -> None:
    for member in archive.infolist():
        name = member.filename.lower()
        if not name.endswith((".xml", ".rels")):
            continue
        is_sheet, is_texts = name.startswith("xl/worksheets/") and name.endswith(".xml"), name == "xl/sharedstrings.xml"
        if not (is_sheet or is_texts) and member.file_size > MOST_OF_ONE_PART:
            raise refused("sheet_too_large_inside")
        try:
            xml = zipped.content_of(archive, member.filename, most=MOST_INSIDE)
        except zipped.ZipRefused as error:
            raise refused("sheet_damaged") from error
        if b"\0" in xml or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            raise refused("sheet_damaged")  # No office program writes these, and they are how a small file becomes a large one.
        if is_texts and _more_than(MOST_TEXTS, _TEXT, xml):
            raise refused("sheet_too_many_cells", limit=MOST_TEXTS)
        if is_sheet:
            _measure_sheet(xml)


def _measure_sheet(xml: bytes) -> None:
    if _more_than(MOST_ROWS + 1, _ROW, xml):
        raise refused("sheet_too_many_rows", limit=MOST_ROWS)
    if _more_than(MOST_CELLS, _CELL, xml):
        raise refused("sheet_too_many_cells", limit=MOST_CELLS)
    if b"<f" in xml or b":f" in xml:
        found = _NO_RESULT.search(xml)
        if found:
            raise refused("sheet_formula", cell=found[1].decode())


def _more_than(most: int, what: re.Pattern[bytes], xml: bytes) -> bool:
    return any(number > most for number, _ in enumerate(what.finditer(xml), 1))


def _texts(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, list[str]]]:
    iterator, number = iter(rows), 0
    while True:
        number += 1
        try:
            row = [as_typed(_text(cell.value)) for cell in next(iterator)]
        except StopIteration:
            return
        except Exception as error:
            raise refused("sheet_damaged_at", line=number) from error
        yield number, row


def _text(value: Any) -> str:
    """Return a cell as somebody would have typed it: 20, 02/03/2027, 08:30."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.strftime("%d/%m/%Y" if (value.hour, value.minute) == (0, 0) else "%d/%m/%Y %H:%M")
        case date():
            return value.strftime("%d/%m/%Y")
        case time():
            return value.strftime("%H:%M")
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(value)


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as a workbook; the first one is the heading, and stays in sight."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    rows = list(rows)
    for place in range(len(rows[0]) if rows else 0):
        longest = max(len(line) for row in rows[:200] for line in (row[place].splitlines() or [""]))
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(max(longest + 2, 8), 60)
    for number, row in enumerate(rows):
        sheet.append([_cell(sheet, text, heading=number == 0) for text in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, text: str, *, heading: bool) -> WriteOnlyCell:
    # What looks as if `neutral` had been at work gets one apostrophe more, since one is taken off on the way in.
    text = _NOT_XML.sub("\ufffd", text)
    cell = WriteOnlyCell(sheet, value=neutral(text) if text.startswith("'") else text)
    cell.data_type, cell.number_format = "s", "@"  # Text, even where it begins like a formula or a number.
    if heading:
        cell.font = Font(bold=True)
    return cell
