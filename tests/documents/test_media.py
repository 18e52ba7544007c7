"""Which files are taken."""

import struct
from io import BytesIO

import pytest

from documents.samples import GOOD, PDF, office_open, open_document, zipped
from roomctl.documents import media

MACRO = office_open("wordprocessingml.document", word__vbaProject__bin=b"x")


def problem(name: str, content: bytes) -> str:
    kind = media.kind_of(name)
    return kind.problem_with(BytesIO(content)) if kind else "no kind"


@pytest.mark.parametrize("name", GOOD)
def test_a_file_that_is_what_its_name_says_is_taken(name):
    assert problem(name, GOOD[name]) == ""


@pytest.mark.parametrize("name", GOOD)
def test_a_program_under_another_name_is_refused(name):
    assert problem(name, b"MZ\x90\x00\x03\x00\x00\x00") in ("document_not_as_named", "document_text_not_utf8")


@pytest.mark.parametrize("name", ["a.docm", "a.xlsm", "a.doc", "a.html", "a.htm", "a.svg", "a.exe", "a.js", "a.zip", "a.pdf.exe", "a", ".pdf", "a.",
                                  "a.pdf ", "a.xhtml", "a.lnk", "a.iso", "a.xml"])
def test_other_endings_are_refused(name):
    assert media.kind_of(name) is None


def test_the_end_of_a_name_may_be_written_large():
    assert problem("A.PDF", PDF) == ""


@pytest.mark.parametrize("inside", ["word/vbaProject.bin", "word/activeX/activeX1.xml", "xl/macrosheets/sheet1.xml", "word/VBAPROJECT.BIN"])
@pytest.mark.parametrize("name", ["a.docx", "a.xlsx"])
def test_macros_inside_are_found(name, inside):
    part = {"a.docx": "wordprocessingml.document", "a.xlsx": "spreadsheetml.sheet"}[name]

    assert problem(name, office_open(part, **{inside: b"x"})) == "document_has_macros"


def test_a_document_that_says_it_has_macros_is_refused_whatever_it_holds():
    types = '<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'

    assert problem("a.docx", zipped({"[Content_Types].xml": types})) == "document_has_macros"


@pytest.mark.parametrize("inside", ["Basic/script-lc.xml", "Scripts/python/evil.py"])
def test_macros_inside_an_open_document_are_found(inside):
    assert problem("a.odt", open_document("text", **{inside: b"x"})) == "document_has_macros"


@pytest.mark.parametrize(("name", "content"), [
    ("a.docx", office_open("spreadsheetml.sheet")), ("a.odt", open_document("spreadsheet")), ("a.docx", open_document("text")),
    ("a.xlsx", zipped({"a.txt": "x"}))])
def test_one_office_file_is_not_another(name, content):
    assert problem(name, content) == "document_not_as_named"


def test_a_file_cut_off_is_damaged():
    assert problem("a.docx", office_open("wordprocessingml.document")[:-30]) == "document_damaged"


def test_a_file_that_would_become_huge_is_damaged(monkeypatch):
    monkeypatch.setattr(media, "MOST_INSIDE", 1024**2)

    assert problem("a.docx", office_open("wordprocessingml.document", word__document=b"\0" * 2 * 1024**2)) == "document_damaged"


def test_a_file_that_lists_a_million_members_is_not_read(monkeypatch):
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65000, 65000, 60 * 1024**2, 4, 0)

    assert problem("a.docx", b"PK\x03\x04" + end) == "document_damaged"


@pytest.mark.parametrize("content", [b"a\0b", b"\x1b[31m", "Đường".encode("utf-16")[:-1]])
def test_text_holds_no_control_characters_and_no_half_letters(content):
    assert problem("a.txt", content) in ("document_not_as_named", "document_text_not_utf8")


def test_text_in_an_old_encoding_is_refused_with_what_to_do():
    assert problem("a.txt", "Đường Lâm".encode("cp1258", "replace")) == "document_text_not_utf8"


def test_a_letter_may_lie_across_two_reads():
    assert problem("a.txt", b"a" * (64 * 1024 - 1) + "Đ".encode() * 10) == ""
