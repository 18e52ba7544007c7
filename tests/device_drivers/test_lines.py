"""Lines out of bytes, whoever cut them and wherever."""

from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.lines import LONGEST_LINE, LineReader

WITHOUT_FILES = settings(deadline=None, database=None)


def read(*pieces: bytes, longest: int = LONGEST_LINE) -> list[str]:
    reader = LineReader(longest)
    return [text for piece in pieces for text in reader.feed(piece)]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    places = sorted(min(place, len(data)) for place in places)
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def test_codec_case_11_a_letter_may_be_cut_between_its_bytes():
    sent = "Hội trường Ủy ban\r\n".encode()

    assert {tuple(read(sent[:place], sent[place:])) for place in range(len(sent) + 1)} == {("Hội trường Ủy ban",)}


@WITHOUT_FILES
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20), max_size=8),
       st.lists(st.integers(0, 400), max_size=12), st.sampled_from(["\r\n", "\r\r\n", "\n", "\r"]))
def test_lines_are_the_same_for_any_cuts_and_any_line_ends(lines, places, end):
    sent = "".join(text + end for text in lines).encode()

    assert read(*cut(sent, places)) == lines


@WITHOUT_FILES
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_read_the_same_in_pieces_and_whole(pieces):
    assert read(*pieces, b"\n", longest=40) == read(b"".join(pieces) + b"\n", longest=40)


def test_codec_case_11_bytes_that_are_no_letter_do_not_end_the_reading():
    assert read(b"H\xe1\xbb\r\nnext\r\n") == ["H�", "next"]


def test_terminal_escapes_and_empty_lines_are_left_out():
    assert read(b"\x1b[2K\r\n\r\n  \x1b[1;32mon\x1b[0m \r\n") == ["on"]


def test_codec_case_9_a_line_of_300_kb_byte_by_byte_is_one_line():
    reader = LineReader(400_000)

    lines = [text for _ in range(300_000) for text in reader.feed(b"x")] + reader.feed(b"\n")

    assert [len(text) for text in lines] == [300_000]


def test_a_line_that_is_too_long_is_dropped_and_counted_and_fills_no_memory():
    reader = LineReader(100)
    for _ in range(1000):
        assert reader.feed(b"x" * 99) == []

    assert reader.unfinished == ""
    assert reader.feed(b"x\nnext\n") == ["next"]
    assert reader.unreadable == 1


def test_an_unfinished_line_can_be_looked_at():
    reader = LineReader()
    reader.feed(b"done\r\nPassword:")

    assert reader.unfinished == "Password:"
    assert reader.feed(b" \r\n") == ["Password:"]


def test_something_may_stand_in_the_place_of_a_line_that_is_too_long():
    assert LineReader(3, instead="?").feed(b"one\nlonger\ntwo\n") == ["one", "?", "two"]
