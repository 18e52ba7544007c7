"""Looking into ZIP files that strangers made."""

import struct
import zipfile
from io import BytesIO

import pytest

from roomctl import zipped


def archive(*, comment: bytes = b"", **members: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.comment = comment
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def refusal(content: bytes, most_inside: int = 1000) -> str:
    with pytest.raises(zipped.ZipRefused) as refused:
        zipped.opened(BytesIO(content), most_inside=most_inside)
    return refused.value.reason


def test_a_member_is_read_as_far_as_it_is_asked_for():
    found = zipped.opened(BytesIO(archive(a=b"12345", b=b"")), most_inside=10)

    assert [zipped.content_of(found, name, most=3) for name in ("a", "b", "c")] == [b"123", b"", b""]


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 100, archive(a=b"x")[:-1], archive(a=b"x") + b"x", archive(a=b"x", comment=b"hello")])
def test_what_does_not_end_as_a_plain_zip_file_is_damaged(content):
    assert refusal(content) == "damaged"


def test_what_would_become_too_large_is_refused_before_it_does():
    assert refusal(archive(a=b"\0" * 600, b=b"\0" * 600)) == "too_large_inside"


@pytest.mark.parametrize(("members", "directory"), [(60_000, 1000), (1, 500_000_000)])
def test_what_lists_too_many_members_is_refused_by_its_end(members, directory):
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, members, members, directory, 0, 0)

    assert refusal(archive(a=b"x")[:-22] + end) == "too_many_members"


def test_the_64_bit_form_is_refused():
    content = archive(a=b"x")

    assert refusal(content[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + content[-22:]) == "damaged"


def test_a_member_that_cannot_be_unpacked_is_damaged():
    content = bytearray(archive(a=b"12345" * 20))
    content[32:40] = b"\xff" * 8

    with pytest.raises(zipped.ZipRefused):
        zipped.content_of(zipped.opened(BytesIO(bytes(content)), most_inside=1000), "a", most=1000)
