"""Asking clamd: the real one, and ones that have bad days."""

import time

import pytest

from documents.samples import INFECTED, PDF, fake_clamd
from roomctl.documents import scan
from roomctl.documents.scan import Infected, ScanFailed


@pytest.fixture
def file(tmp_path):
    def write(content: bytes = PDF):
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write


def read_all(client) -> None:
    """Read until the chunk of length zero that ends a file."""
    seen = b""
    while not seen.endswith(b"\0\0\0\0"):
        seen += client.recv(65536)


def answering(reply: bytes):
    def behave(client) -> None:
        read_all(client)
        client.sendall(reply)

    return behave


def test_a_clean_file_is_clean(clamd, file):
    scan.scan(file(), clamd)


def test_what_clamd_knows_is_named(clamd, file):
    with pytest.raises(Infected) as found:
        scan.scan(file(INFECTED), clamd)

    assert found.value.signature == "Roomctl.Test.Signature.UNOFFICIAL"


def test_a_file_of_many_chunks_arrives_whole(clamd, file):
    scan.scan(file(b"x" * 1_500_000), clamd)


def test_a_file_that_is_too_large_for_clamd_is_not_clean(clamd, file):
    with pytest.raises(ScanFailed):
        scan.scan(file(b"x" * 3_000_000), clamd)


@pytest.mark.parametrize("address", ["/nowhere/clamd.socket", "127.0.0.1:1", "127.0.0.1:many", "127.0.0.1:99999", "clamd"])
def test_where_no_clamd_is_nothing_is_clean(file, address):
    with pytest.raises(ScanFailed):
        scan.scan(file(), address)


@pytest.mark.parametrize("reply", [
    b"stream: OK", b"OK\0", b"stream: OK\nstream: OK\0", b"", b"\0", b"INSTREAM size limit exceeded. ERROR\0", b"stream: Eicar FOUND",
    b"stream: FOUND\0", b"stream: a b FOUND\0", b"UNKNOWN COMMAND\0", b"\xff\xfe\0", b"x" * 5000, "stream: OК\0".encode()])
def test_an_answer_that_is_not_plainly_ok_is_a_failure(file, reply):
    with fake_clamd(answering(reply)) as address, pytest.raises(ScanFailed):
        scan.scan(file(), address)


def test_clamd_over_tcp_is_understood_too(file):
    with fake_clamd(answering(b"stream: OK\0")) as address:
        scan.scan(file(), address)


def test_a_clamd_that_hangs_is_given_up(file):
    begun = time.monotonic()

    with fake_clamd(lambda client: client.recv(1) and client.recv(10**6) and client.recv(10**6)) as address, pytest.raises(ScanFailed):
        scan.scan(file(), address, patience_s=0.2)

    assert time.monotonic() - begun < 2


def test_a_clamd_that_answers_a_letter_at_a_time_is_given_up_all_the_same(file):
    def drip(client) -> None:
        read_all(client)
        client.settimeout(0.05)
        for letter in b"stream: " * 100:
            try:
                client.sendall(bytes([letter]))
                client.recv(1)
            except TimeoutError:
                continue
            except OSError:
                return

    begun = time.monotonic()
    with fake_clamd(drip) as address, pytest.raises(ScanFailed):
        scan.scan(file(), address, patience_s=0.3)

    assert time.monotonic() - begun < 2


def test_a_clamd_that_hangs_up_in_the_middle_is_a_failure(file):
    with fake_clamd(lambda client: client.recv(10)) as address, pytest.raises(ScanFailed):
        scan.scan(file(b"x" * 5_000_000), address)
