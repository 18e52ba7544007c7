"""Tables as an Excel workbook.  Text is written as text: what begins with = is no formula."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Value = str | int | float | None
WIDTH = 16


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a workbook."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Value]]


def workbook_of(tables: Sequence[Table]) -> bytes:
    """Return the tables as one XLSX file, a sheet each, their heads staying in sight."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.name[:31])
        sheet.freeze_panes = "B2"
        for place in range(1, len(table.head) + 1):
            sheet.column_dimensions[get_column_letter(place)].width = WIDTH * 2 if place == 1 else WIDTH
        sheet.append([_cell(sheet, word, bold=True) for word in table.head])
        for row in table.rows:
            sheet.append([_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: Value, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # Not "f", which openpyxl makes of a text that begins with =.
    if bold:
        cell.font = Font(bold=True)
    return cell
