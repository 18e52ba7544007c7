"""Tables as an Excel workbook."""

import io

import pytest
from openpyxl import load_workbook

from roomctl.schedule.workbook import Table, workbook_of


def read(*tables: Table):
    return load_workbook(io.BytesIO(workbook_of(tables)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "Đường Lâm – tầng 2"])
def test_p15_text_stays_text_accents_and_all(text):
    cell = read(Table("Một", ["Tên"], [[text]]))["Một"]["A2"]

    assert (cell.value, cell.data_type) == (text, "s")


def test_numbers_are_numbers_and_nothing_is_an_empty_cell():
    sheet = read(Table("Một", ["a", "b", "c"], [[1, 2.5, None]]))["Một"]

    assert [cell.value for cell in sheet[2]] == [1, 2.5, None]
    assert sheet.freeze_panes == "B2"


def test_each_table_is_a_sheet():
    assert read(Table("Một", ["a"], []), Table("Hai", ["b"], [])).sheetnames == ["Một", "Hai"]
