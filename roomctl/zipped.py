"""Looking into ZIP files that strangers made (DOCX, XLSX, ODT …) without unpacking them first.  Pure.

A ZIP file says at its end how much it holds.  That is read here before anything is unpacked, so that a file of 5 MB that
would become 50 GB, or that lists a million empty members, is refused by what it says of itself.
"""

import struct
from typing import BinaryIO
from zipfile import BadZipFile, LargeZipFile, ZipFile

_END = struct.Struct("<4s4H2LH")  # APPNOTE.TXT 4.3.16: end of central directory.
_ZIP64_LOCATOR = struct.Struct("<4sLQL")
MOST_MEMBERS = 5000
_LARGEST_ENTRY = 46 + 1024  # Of the central directory: its fixed part, and room for a name.
_DAMAGE = (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error)


class ZipRefused(ValueError):
    """A ZIP file that cannot be taken; `reason` is "damaged", "too_many_members" or "too_large_inside"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def opened(file: BinaryIO, *, most_inside: int) -> ZipFile:
    """Return the ZIP file, its directory read; raise ZipRefused for one that is damaged or would become too large.

    A comment behind the end and the 64-bit form, which no office program writes for files of this size, count as damaged:
    with them two readers may disagree about where the directory is.
    """
    _look_at_the_end(file)
    try:
        archive = ZipFile(file)
    except _DAMAGE as error:
        raise ZipRefused("damaged") from error
    if len(archive.infolist()) > MOST_MEMBERS:
        raise ZipRefused("too_many_members")
    if sum(member.file_size for member in archive.infolist()) > most_inside:
        raise ZipRefused("too_large_inside")
    return archive


def _look_at_the_end(file: BinaryIO) -> None:
    size = file.seek(0, 2)
    if size < _END.size:
        raise ZipRefused("damaged")
    file.seek(size - _END.size)
    mark, _, _, _, members, directory, _, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\x05\x06" or comment:
        raise ZipRefused("damaged")
    if members > MOST_MEMBERS or directory > MOST_MEMBERS * _LARGEST_ENTRY:
        raise ZipRefused("too_many_members")
    locator = size - _END.size - _ZIP64_LOCATOR.size
    if locator >= 0:
        file.seek(locator)
        if file.read(4) == b"PK\x06\x07":
            raise ZipRefused("damaged")
    file.seek(0)


def content_of(archive: ZipFile, name: str, *, most: int) -> bytes:
    """Return a member, at most `most` bytes of it; empty when there is none; raise ZipRefused when it cannot be unpacked."""
    try:
        with archive.open(name) as member:
            return member.read(most)
    except KeyError:
        return b""
    except Exception as error:  # zlib, bz2 and lzma raise trees of their own.
        raise ZipRefused("damaged") from error
