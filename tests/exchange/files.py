"""Files made of rows, files changed by hand, and what is said of them."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from openpyxl import Workbook

from roomctl.errors import InvalidInput
from roomctl.exchange.outcome import BadLines


def workbook(*rows, **sheet_facts) -> bytes:
    """Return an XLSX file as a spreadsheet program writes it, with values of every type."""
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    for name, value in sheet_facts.items():
        setattr(book.active, name, value)
    book.save(file)
    return file.getvalue()


def rewritten(xlsx: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook of which one member was changed by hand."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, change(content) if name == member else content)
    return file.getvalue()


def with_shared_texts(texts: str, rows: str) -> bytes:
    """Return a workbook as Excel writes it: the texts in a member of their own, and the cells with their numbers."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    package, main = "http://schemas.openxmlformats.org/package/2006", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
                               f'.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override PartName='
                               f'"/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" '
                               f'ContentType="{kinds}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" '
                       'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target='
                                      f'"worksheets/sheet1.xml"/><Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
                                      '</Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{texts}</sst>',
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def refusal(call: Callable[[], object]) -> tuple[str, dict]:
    """Return the reason and the facts with which a file is refused."""
    with pytest.raises(InvalidInput) as refused:
        call()
    (problem,) = refused.value.problems
    return problem.reason, dict(problem.facts)


def bad_cells(call: Callable[[], object]) -> list[tuple[int, str, str]]:
    """Return line, column and reason of everything that is wrong with a file."""
    with pytest.raises(BadLines) as refused:
        call()
    return [(one.number, one.column.key if one.column else "", one.reason) for one in refused.value.lines]
