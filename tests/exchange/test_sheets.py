"""Reading and writing tables: what Excel makes of them, and what strangers put into them."""

import codecs
import csv
import time
import unicodedata
import zipfile
from datetime import date, datetime
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from exchange.files import refusal, rewritten, with_shared_texts, workbook
from roomctl.exchange import csv_text, sheets
from roomctl.exchange.columns import Column

COLUMNS = (Column("code", "Mã phòng", "Room code", needed=True), Column("name", "Tên phòng", "Room name", needed=True),
           Column("seats", "Số chỗ", "Seats"))
PRINTED = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"], exclude_characters="\ufeff\ufffe\uffff")
quick = pytest.mark.usefixtures("within_two_seconds")
SHEET = "xl/worksheets/sheet1.xml"
HEADING = ["Mã phòng", "Tên phòng"]


@pytest.fixture
def within_two_seconds():
    begun = time.process_time()
    yield
    assert time.process_time() - begun < 2


def read(content: bytes | str) -> list[dict]:
    lines = sheets.read(content.encode() if isinstance(content, str) else content, COLUMNS)
    return [dict(line.cells) for line in lines]


# What goes out


def test_p15_excel_reads_the_accents_and_evaluates_nothing():
    content = sheets.written(COLUMNS[:2], [["Đường Lâm – tầng 2", "=1+1"]], form="csv")

    assert content.startswith(b"\xef\xbb\xbf")
    assert "Đường Lâm – tầng 2".encode() in content
    assert content.decode("utf-8-sig").splitlines() == ["Mã phòng;Tên phòng", "Đường Lâm – tầng 2;'=1+1"]


@pytest.mark.parametrize("cell", ["=1+1", "+84 912", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1", "''=1"])
def test_no_cell_of_a_csv_file_is_evaluated(cell):
    content = sheets.written(COLUMNS[:2], [["a", cell]], form="csv").decode("utf-8-sig")

    shown = list(csv.reader(StringIO(content, newline=""), delimiter=";"))[1][1]
    assert shown == f"'{cell}"


def test_in_a_workbook_every_cell_is_text():
    content = sheets.written(COLUMNS[:2], [["007", "=1+1"]], form="xlsx")

    cells = load_workbook(BytesIO(content)).active[2]
    assert [(cell.value, cell.data_type) for cell in cells] == [("007", "s"), ("=1+1", "s")]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.text(PRINTED, min_size=1),
                          st.text(alphabet="'=+-@a;,\"\n", max_size=6)), min_size=1, max_size=4))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_written_is_read_back(form, rows):
    wanted = [[unicodedata.normalize("NFC", cell).strip() for cell in row] for row in rows]
    if not all(row[0] for row in wanted):
        return

    found = sheets.read(sheets.written(COLUMNS[:2], wanted, form=form), COLUMNS)

    assert [[line.text("code"), line.text("name")] for line in found] == wanted


def test_what_no_xml_may_hold_is_replaced_rather_than_breaking_the_file():
    assert read(sheets.written(COLUMNS[:2], [["a", "x\uffff"]], form="xlsx")) == [{"code": "a", "name": "x\ufffd"}]


def test_the_heading_is_in_the_readers_language():
    assert sheets.written(COLUMNS, [], form="csv", english=True).decode("utf-8-sig") == "Room code;Room name;Seats\r\n"


# What comes in


@pytest.mark.parametrize("between", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_excels_csv_is_understood(between, encoding):
    text = f"Mã phòng{between}Tên phòng\r\nA1{between}\"Hội trường {between} lớn\"\r\n"

    assert read(text.encode(encoding)) == [{"code": "A1", "name": f"Hội trường {between} lớn"}]


def test_excels_own_line_about_the_separator_is_passed_over():
    assert read("sep=,\r\nMã phòng,Tên phòng\r\nA1,Hội trường\r\n") == [{"code": "A1", "name": "Hội trường"}]


@pytest.mark.parametrize("heading", ["Mã phòng;Tên phòng", "MA PHONG ; ten phong", "room code;Room Name", "code;name", "Tên phòng;Mã phòng"])
def test_headings_are_known_in_both_languages_without_accents_and_case(heading):
    cells = "A1;Hội trường" if not heading.startswith("Tên") else "Hội trường;A1"

    assert read(f"{heading}\n{cells}") == [{"code": "A1", "name": "Hội trường"}]


def test_headings_and_cells_may_come_in_nfd():
    assert read("Ma\u0303 pho\u0300ng;Te\u0302n pho\u0300ng\nA1;Ho\u0323\u0302i") == [{"code": "A1", "name": "Hội"}]


def test_a_workbook_of_numbers_dates_and_hours_is_read_as_somebody_would_type_it():
    found = read(workbook([*HEADING, "Số chỗ"], [12, date(2027, 3, 2), 20.0], ["x", datetime(2027, 3, 2, 8, 30), True], ["y", 1.5, None]))

    assert [[one["code"], one["name"], one["seats"]] for one in found] == [
        ["12", "02/03/2027", "20"], ["x", "02/03/2027 08:30", "TRUE"], ["y", "1.5", ""]]


def test_lines_are_counted_as_a_spreadsheet_does_and_blank_ones_are_passed_over():
    assert [line.number for line in sheets.read(b"code;name\n\n;\nA;B\n", COLUMNS)] == [4]


def test_a_quoted_cell_may_hold_lines():
    assert read('code;name\nA;"eins\nzwei"\nB;c') == [{"code": "A", "name": "eins\nzwei"}, {"code": "B", "name": "c"}]


def test_a_formula_counts_as_its_result():
    content = rewritten(workbook(HEADING, ["a", 1]), SHEET, lambda xml: xml.replace(b"<v>1</v>", b"<f>2-1</f><v>7</v>"))

    assert read(content) == [{"code": "a", "name": "7"}]


# What is refused, and where


@pytest.mark.parametrize(("content", "reason", "facts"), [
    (b"", "sheet_empty", {}), (b" \r\n", "sheet_empty", {}), (b"\xef\xbb\xbf;;\n;", "sheet_empty", {}), (b"code;name\n", "sheet_no_lines", {}),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sheet_old_xls", {}),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "sheet_has_password", {}),
    (b"%PDF-1.7\n", "sheet_not_a_table", {}), (b"code;name\na;b\0", "sheet_not_a_table", {}),
    (b"code;name\na;b\n\xd0\xff;c", "sheet_encoding", {"line": 3}), ("code;name\na;Đường".encode("cp1258", "replace"), "sheet_encoding", {"line": 2}),
    (codecs.BOM_UTF16_LE + "code;name\na;b".encode("utf-16-le") + b"\0\xd8", "sheet_encoding", {"line": 2}),
    (b'code;name\na;b\nc;"d\n', "sheet_quotes", {"line": 3}), (b"code;name\na;b\nc;d;e\n", "sheet_cell_without_column", {"line": 3}),
    ("code;name;Màu\na;b;c".encode(), "sheet_unknown_columns", {"names": "Màu", "known": "Mã phòng, Tên phòng, Số chỗ"}),
    (b"code;Room name;name\na;b;c", "sheet_column_twice", {"names": "Tên phòng"}), (b"name\na", "sheet_columns_missing", {"names": "Mã phòng"}),
    (b"code;name\na;b\n" + b"x;" * 60, "sheet_too_many_columns", {"line": 3, "limit": 50}),
    (b"x" * (5 * 1024**2 + 1), "sheet_too_large", {"limit": 5})])
def test_what_is_wrong_with_a_file_is_said_and_where(content, reason, facts):
    if reason == "sheet_too_many_columns":
        content = b"code;name\na;b\n" + b";".join([b"x"] * 60)

    assert refusal(lambda: read(content)) == (reason, facts)


@quick
def test_of_20_001_lines_none_is_read():
    text = "code;name\n" + "a;b\n" * 20_001

    assert refusal(lambda: read(text)) == ("sheet_too_many_rows", {"limit": 20_000})


@quick
def test_20_000_lines_are_read():
    assert len(read("code;name\n" + "a;b\n" * 20_000)) == 20_000


def rows_xml(rows: str) -> bytes:
    """Return a workbook with these rows behind its heading."""
    return rewritten(workbook(HEADING, ["a", "b"]), SHEET, lambda xml: xml.replace(b"</sheetData>", rows.encode() + b"</sheetData>"))


@quick
@pytest.mark.parametrize(("rows", "reason"), [
    ("".join(f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>x</t></is></c></row>' for number in range(3, 20_004)), "sheet_too_many_rows"),
    ('<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>', "sheet_too_many_rows"),
    ('<row r="3">' + "<c/>" * 400_001 + "</row>", "sheet_too_many_cells"), ('<row r="3"><c r="B3"><f>1+1</f></c></row>', "sheet_formula"),
    ('<row r="3"><c r="B3" t="str"><f t="shared" si="0"/><v></v></c></row>', "sheet_formula"), (" " * 51_000_000, "sheet_too_large_inside"),
    ('<row r="3"><c r="A3" t="n"><v>x</v></c></row>', "sheet_damaged_at"), ("<row", "sheet_damaged_at"),
    ('<row r="3">' + '<c r="A3"><f>' * 100_000, "sheet_damaged_at"),
    ('<row r="3"><f/><c ' + 'r="A3" ' * 300_000 + "></c></row>", "sheet_damaged_at")])
def test_a_workbook_that_is_too_much_or_broken_is_refused(rows, reason):
    assert refusal(lambda: read(rows_xml(rows)))[0] == reason


@quick
def test_a_formula_without_a_result_is_named():
    assert refusal(lambda: read(rows_xml('<row r="3"><c r="B3"><f>1+1</f><v/></c></row>'))) == ("sheet_formula", {"cell": "B3"})


@quick
def test_a_blank_cell_in_the_last_column_of_many_rows_costs_nothing():
    rows = "".join(f'<row r="{number}"><c r="XFD{number}" s="1"/></row>' for number in range(3, 20_000))

    assert read(rows_xml(rows)) == [{"code": "a", "name": "b"}]


@quick
@pytest.mark.parametrize("cut", [10, 200, 2000])
def test_a_workbook_cut_off_is_damaged(cut):
    assert refusal(lambda: read(workbook(HEADING, ["a", "b"])[:-cut])) == ("sheet_damaged", {})


@quick
def test_a_zip_file_that_is_no_workbook_is_damaged():
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")

    assert refusal(lambda: read(file.getvalue())) == ("sheet_damaged", {})


@quick
@pytest.mark.parametrize("member", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_entities_are_refused_wherever_they_stand(member):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

    assert refusal(lambda: read(rewritten(workbook(HEADING, ["a", "b"]), member, lambda xml: bomb + xml))) == ("sheet_damaged", {})


TEXTS = "".join(f"<si><t>{text}</t></si>" for text in ("Mã phòng", "Tên phòng", "A1", "Hội trường"))
CELLS = ('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
         '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>3</v></c></row>')


@quick
def test_a_workbook_as_excel_writes_it_is_read():
    assert read(with_shared_texts(TEXTS, CELLS)) == [{"code": "A1", "name": "Hội trường"}]


@quick
@pytest.mark.parametrize(("texts", "reason"), [
    ("<si><t>a</t></si>" * 200_001, "sheet_too_many_cells"), ("<!DOCTYPE x>", "sheet_damaged"), ("<si>", "sheet_damaged")])
def test_the_texts_of_a_workbook_are_measured_too(texts, reason):
    assert refusal(lambda: read(with_shared_texts(TEXTS + texts, CELLS)))[0] == reason


@quick
def test_a_zip_bomb_is_refused_by_what_it_says_of_itself():
    content = rewritten(workbook(HEADING, ["a", "b"]), "docProps/app.xml", lambda xml: b"\0" * 200_000_000)

    assert len(content) < 300_000
    assert refusal(lambda: read(content)) == ("sheet_too_large_inside", {})


@quick
def test_a_workbook_with_a_huge_table_of_styles_is_refused():
    content = rewritten(workbook(HEADING, ["a", "b"]), "xl/styles.xml", lambda xml: xml + b" " * 3_000_000)

    assert refusal(lambda: read(content)) == ("sheet_too_large_inside", {})


@quick
def test_a_hidden_sheet_is_not_what_somebody_means():
    content = rewritten(workbook(HEADING, ["a", "b"]), "xl/workbook.xml", lambda xml: xml.replace(b'state="visible"', b'state="hidden"'))

    assert refusal(lambda: read(content)) == ("sheet_damaged", {})


@quick
def test_neutral_and_as_typed_are_each_others_reverse():
    for cell in ("", "a", "'", "'a", "=", "'=", "''=", "'''+", "-", "@", "\t"):
        assert csv_text.as_typed(csv_text.neutral(cell)) == cell
