"""Which days are not worked, and who says so."""

from datetime import date

import pytest
from builders import a_person, a_unit, fresh
from sqlalchemy import text

from roomctl.booking import days_off
from roomctl.booking.days_off import days_off_between, remove_special_day, seed_days_off, seed_years_ahead, set_special_day
from roomctl.booking.series_tables import SpecialDay
from roomctl.database import db
from roomctl.errors import InvalidInput, NotAllowed
from roomctl.organisation.roles import Role
from roomctl.organisation.unit_tables import root_unit
from roomctl.organisation.units import Level

TET, WORKED = date(2026, 2, 17), date(2026, 8, 22)


def names(year: int) -> dict[date, str]:
    return {one.day: one.name for one in days_off.days_off_of(year)}


def entries(kind: str) -> int:
    return db.session.scalar(text("SELECT count(*) FROM trail_entries WHERE kind = :kind"), {"kind": kind})


def refused(use, *args, **kwargs) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        use(*args, **kwargs)
    return [(one.field, one.reason) for one in caught.value.problems]


def test_a_year_is_seeded_with_the_holidays_by_their_vietnamese_names(place):
    added = seed_days_off(2026)

    assert added == len(names(2026)) >= 12
    assert (names(2026)[TET], names(2026)[date(2026, 9, 2)]) == ("Tết Nguyên Đán", "Quốc khánh")


def test_a_weekend_day_that_the_government_lets_work_is_seeded_as_worked(place):
    seed_days_off(2026)

    known = days_off_between(date(2026, 1, 1), date(2026, 12, 31))

    assert (WORKED.weekday(), known.is_off(WORKED), known.is_off(date(2026, 8, 31)), known.is_off(date(2026, 8, 24))) == (5, False, True, False)


def test_a_year_that_is_seeded_again_keeps_what_was_changed(place):
    seed_days_off(2026)
    set_special_day(TET, False, "Tết Bính Ngọ", by=place.administrator)

    assert (seed_days_off(2026), names(2026)[TET]) == (0, "Tết Bính Ngọ")


def test_the_years_ahead_are_seeded_once_so_that_a_day_taken_out_stays_out(place):
    first = seed_years_ahead(date(2026, 3, 1))
    remove_special_day(TET, by=place.administrator)

    assert (first > 30, seed_years_ahead(date(2026, 3, 1)), TET in names(2026)) == (True, 0, False)
    assert all(names(year) for year in (2026, 2027, 2028)) and not names(2029)


def test_the_last_word_on_a_day_counts(place):
    saturday = date(2027, 3, 6)
    set_special_day(saturday, False, "Nghỉ", by=place.administrator)
    set_special_day(saturday, True, "", by=place.administrator)

    known = days_off_between(saturday, saturday)

    assert (known.holidays, known.worked) == (frozenset(), {saturday})


def test_a_day_said_twice_alike_is_one_entry_in_the_trail(place):
    for _ in range(2):
        set_special_day(TET, False, "Tết", by=place.administrator)
        fresh(place.administrator)

    assert entries("special_day_set") == 1


def test_a_day_taken_out_twice_is_taken_out_once(place):
    set_special_day(TET, False, "Tết", by=place.administrator)
    for _ in range(2):
        remove_special_day(TET, by=place.administrator)

    assert (names(2026), entries("special_day_removed")) == ({}, 1)


@pytest.mark.parametrize("do", [lambda by: seed_days_off(2027, by=by), lambda by: set_special_day(TET, False, "Tết", by=by),
                                lambda by: remove_special_day(TET, by=by)], ids=["seed", "set", "remove"])
@pytest.mark.parametrize("role", ["of a province", "clerk"])
def test_only_an_administrator_of_the_root_changes_a_table_that_all_share(place, do, role):
    by = place.clerk if role == "clerk" else a_person(place.province, Role.ADMINISTRATOR)

    with pytest.raises(NotAllowed):
        do(by)

    assert db.session.query(SpecialDay).count() == 0


@pytest.mark.parametrize(("day", "worked", "name", "wrong"), [
    (TET, False, "  ", [("name", "name_missing")]), (TET, False, "x\x00", [("name", "text_control")]),
    (TET, False, "x" * 201, [("name", "text_too_long")]), (TET, True, "", [("day", "not_a_weekend_day")]),
    (date(1950, 1, 1), False, "xa", [("day", "number_out_of_range")])])
def test_what_is_wrong_with_a_day_is_said_and_nothing_is_kept(place, day, worked, name, wrong):
    assert refused(set_special_day, day, worked, name, by=place.administrator) == wrong
    assert names(2026) == {}


@pytest.mark.parametrize("year", [0, 1999, 2101, 10**9])
def test_a_year_that_nobody_plans_for_is_refused(place, year):
    assert refused(seed_days_off, year) == [("year", "number_out_of_range")]


def test_a_name_typed_in_pieces_is_kept_as_one(place):
    set_special_day(TET, False, "Te\u0302\u0301t", by=place.administrator)

    assert names(2026) == {TET: "Tết"}


def test_on_both_engines_a_year_is_seeded_read_and_changed(app_on, set_clock):
    by = a_person(root_unit() or a_unit("Trung ương", level=Level.CENTRAL), Role.ADMINISTRATOR)

    seed_days_off(2027, by=by)
    set_special_day(date(2027, 3, 6), True, "", by=by)
    remove_special_day(date(2027, 1, 1), by=by)

    known = days_off_between(date(2027, 1, 1), date(2027, 12, 31))
    assert (date(2027, 9, 2) in known.holidays, date(2027, 1, 1) in known.holidays, known.worked) == (True, False, {date(2027, 3, 6)})
