"""Which files are taken: known by the end of their name and by what is in them, both.  No Flask, no SQL.

Nothing that a program would run: no macros, no pages, no drawings with scripts, no programs.  A file whose content is not
what its name says is refused whatever it is.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO
from zipfile import ZipFile

from roomctl import zipped

MOST_INSIDE = 1024**3  # What an office file of 20 MB may become: pictures do not shrink, and text is a hundredth of this.
_PART = 64 * 1024
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_RUNS = re.compile(r"vbaproject\.bin$|/activex/|^xl/macrosheets/|^basic/|^scripts/", re.IGNORECASE)  # Of the names inside an office file.


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: as what it is served, and what is wrong with a file that says it is one ("" when nothing is)."""

    media_type: str
    problem_with: Callable[[BinaryIO], str]


def kind_of(name: str) -> Kind | None:
    """Return the kind that the end of a name says, or None where that is none that is taken."""
    return KINDS.get(ending_of(name))


def ending_of(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return ending.casefold() if dot and stem.strip(" .") else ""


def _begins(*marks: bytes) -> Callable[[BinaryIO], str]:
    def look(file: BinaryIO) -> str:
        return "" if file.read(max(len(mark) for mark in marks)).startswith(marks) else "document_not_as_named"

    return look


def _office_open(part: str) -> Callable[[BinaryIO], str]:
    def belongs(archive: ZipFile) -> bool:
        types = zipped.content_of(archive, "[Content_Types].xml", most=1024**2)
        if b"macroEnabled" in types or b"vbaProject" in types:
            raise _Runs
        return f"{_OFFICE}.{part}.main+xml".encode() in types

    return _office(belongs)


def _open_document(kind: str) -> Callable[[BinaryIO], str]:
    return _office(lambda archive: zipped.content_of(archive, "mimetype", most=200) == f"{_ODF}.{kind}".encode())


class _Runs(ValueError):
    """There are macros inside."""


def _office(belongs: Callable[[ZipFile], bool]) -> Callable[[BinaryIO], str]:
    def look(file: BinaryIO) -> str:
        if file.read(4) != b"PK\x03\x04":
            return "document_not_as_named"
        try:
            archive = zipped.opened(file, most_inside=MOST_INSIDE)
            if any(_RUNS.search(name) for name in archive.namelist()):
                return "document_has_macros"
            return "" if belongs(archive) else "document_not_as_named"
        except _Runs:
            return "document_has_macros"
        except zipped.ZipRefused:
            return "document_damaged"

    return look


def _text(file: BinaryIO) -> str:
    """UTF-8, or UTF-16 with its mark; a NUL or another control character is a program, not text."""
    first = file.read(4)
    file.seek(0)
    encoding = "utf-16" if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for part in iter(lambda: file.read(_PART), b""):
            if _CONTROL.search(decoder.decode(part)):
                return "document_not_as_named"
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "document_text_not_utf8"
    return ""


KINDS = {
    "pdf": Kind("application/pdf", _begins(b"%PDF-1.", b"%PDF-2.")),
    "docx": Kind(f"{_OFFICE}.wordprocessingml.document", _office_open("wordprocessingml.document")),
    "xlsx": Kind(f"{_OFFICE}.spreadsheetml.sheet", _office_open("spreadsheetml.sheet")),
    "pptx": Kind(f"{_OFFICE}.presentationml.presentation", _office_open("presentationml.presentation")),
    "odt": Kind(f"{_ODF}.text", _open_document("text")),
    "ods": Kind(f"{_ODF}.spreadsheet", _open_document("spreadsheet")),
    "odp": Kind(f"{_ODF}.presentation", _open_document("presentation")),
    "png": Kind("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": Kind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": Kind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "txt": Kind("text/plain", _text),
    "csv": Kind("text/csv", _text),
}
ENDINGS = tuple(KINDS)
