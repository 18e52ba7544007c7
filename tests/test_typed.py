"""What people type into the forms of upkeep, turned into values."""

import pytest

from roomctl.errors import InvalidInput
from roomctl.typed import Typed


@pytest.fixture
def typed() -> Typed:
    return Typed()


def said(typed: Typed) -> list[tuple[str, str, dict]]:
    return [(one.field, one.reason, dict(one.facts)) for one in typed.problems]


def test_a_good_form_has_nothing_to_insist_on(typed):
    values = (typed.line("name", " Phòng  1 ", longest=10), typed.code("code", " T66-01 ", longest=8), typed.within("seats", 5000, 0, 5000))

    typed.insist()

    assert values == ("Phòng 1", "T66-01", 5000)


def test_all_that_is_wrong_is_raised_at_once(typed):
    typed.line("name", "", longest=10, missing="name_missing")
    typed.line("phone", "x" * 11, longest=10)
    typed.within("seats", -1, 0, 9)

    with pytest.raises(InvalidInput) as refused:
        typed.insist()

    assert refused.value.problems == typed.problems
    assert said(typed) == [("name", "name_missing", {}), ("phone", "text_too_long", {"limit": 10}),
                           ("seats", "number_out_of_range", {"least": 0, "most": 9})]


@pytest.mark.parametrize("raw", ["", "phòng", "a b", "-a", "a/b", "a\x00", "x" * 9])
def test_a_code_is_short_and_of_plain_letters(typed, raw):
    typed.code("code", raw, longest=8)

    assert said(typed) == [("code", "bad_code", {"limit": 8})]


def test_an_empty_line_is_only_wrong_where_it_may_not_be(typed):
    assert typed.line("title", "  ", longest=10) == ""
    assert typed.problems == []
