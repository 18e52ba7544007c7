"""What text may be stored, found and sorted."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomctl.text import TextRefused, clean_block, clean_line, folded, vietnamese_order


def reason_for(raw: str, *, clean=clean_line, longest: int = 100) -> str:
    with pytest.raises(TextRefused) as refused:
        clean(raw, longest=longest)
    return refused.value.reason


def test_text_is_normalised_trimmed_and_its_blanks_are_single():
    assert clean_line("  " + unicodedata.normalize("NFD", "Đắk  Lắk") + " ", longest=10) == "Đắk Lắk"


def test_length_is_counted_after_normalisation():
    assert clean_line(unicodedata.normalize("NFD", "ữữữ"), longest=3) == "ữữữ"
    assert reason_for("ữữữữ", longest=3) == "too_long"


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1b", "\t", "\r", "\x7f", "\x85"])
def test_control_characters_are_refused(letter):
    assert reason_for(f"a{letter}b") == "control"


@pytest.mark.parametrize("letter", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u2028\u2029")
def test_direction_tricks_are_refused(letter):
    assert reason_for(f"a{letter}b") == "direction"


@pytest.mark.parametrize("letter", ["\ud800", "\udbff", "\udc00", "\udfff"])
def test_halves_of_surrogates_are_refused(letter):
    assert reason_for(f"a{letter}b") == "surrogate"


def test_stacked_marks_are_refused_and_vietnamese_is_not():
    assert reason_for("a" + "\u0316\u0317\u0318\u0319") == "marks"
    assert clean_line("a" + "\u0316\u0317\u0318", longest=10)
    assert clean_line("Nghiễm nhiên, ửng hồng, ngoằn ngoèo", longest=100)


def test_many_invisible_joiners_are_refused():
    assert reason_for("a" + "\u200b" * 9) == "marks"


def test_a_line_has_no_line_end_and_a_block_has_only_lf():
    assert reason_for("a\nb") == "control"
    assert clean_block("a\r\nb\rc\n", longest=10) == "a\nb\nc"


@given(st.text(max_size=60))
def test_what_was_cleaned_once_is_not_changed_again(raw):
    try:
        once = clean_line(raw, longest=60)
    except TextRefused:
        return

    assert clean_line(once, longest=60) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(("written", "typed"), [
    ("Đắk Lắk", "dak lak"), ("ĐỒNG THÁP", "dong thap"), ("Thừa Thiên Huế", "thua thien hue"), ("Ủy ban nhân dân xã", "uy ban nhan dan xa"),
    ("Cần Thơ", "can tho"), ("Sử dụng", "su dung")])
def test_people_find_a_name_without_its_accents_and_with_them(written, typed):
    assert folded(written) == typed
    assert folded(unicodedata.normalize("NFD", written)) == typed
    assert typed in folded(f"Phòng họp {written} số 1")


def test_d_with_stroke_stands_after_d_and_before_e():
    assert sorted(["Em", "Đông", "Dương", "Ca", "đa", "do"], key=vietnamese_order) == ["Ca", "do", "Dương", "đa", "Đông", "Em"]


def test_vowels_with_hats_and_horns_stand_after_their_plain_ones():
    letters = ["y", "ư", "u", "ơ", "ô", "o", "ê", "e", "đ", "d", "â", "ă", "a"]

    assert sorted(letters, key=vietnamese_order) == letters[::-1]


def test_order_does_not_depend_on_case_or_on_how_the_letters_are_composed():
    assert vietnamese_order("ĐẮK LẮK") == vietnamese_order(unicodedata.normalize("NFD", "đắk lắk"))
