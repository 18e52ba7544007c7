"""Which days are not worked: holidays, and the weekend days worked in their place; one table for the whole administration.

A year is seeded once from the package `holidays`, which knows Tết as far as the government has announced it and guesses the rest;
from then on the table is our own, and what an administrator of the root says stands.  A series that is booked keeps its dates.
"""

from datetime import date

import holidays

from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import series_tables
from roomctl.booking.recurrence import DaysOff
from roomctl.booking.series_tables import SpecialDay
from roomctl.database import lock_name, write_transaction
from roomctl.errors import InvalidInput, NotVisible, Problem
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import Unit, root_unit
from roomctl.typed import Typed

COUNTRY, LANGUAGE = "VN", "vi"
FIRST_YEAR, LAST_YEAR = 2000, 2100
YEARS_AHEAD = 2  # A series reaches as far.


def days_off_between(first: date, last: date) -> DaysOff:
    """Return which days from `first` to `last` are holidays, and which are worked although they are of a weekend."""
    known = series_tables.special_days(first, last)
    return DaysOff(holidays=frozenset(one.day for one in known if not one.worked), worked=frozenset(one.day for one in known if one.worked))


def days_off_of(year: int) -> list[SpecialDay]:
    """Return a year's special days, in order."""
    return series_tables.special_days(date(year, 1, 1), date(year, 12, 31))


def seed_days_off(year: int, *, by: User | None = None) -> int:
    """Add the year's public holidays and the weekend days worked in their place; return how many were added.

    What the table says of a day stays.  `by` is None for the installation itself.  Raises InvalidInput and NotAllowed.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput([Problem("year", "number_out_of_range", (("least", FIRST_YEAR), ("most", LAST_YEAR)))])
    public = holidays.country_holidays(COUNTRY, years=year, language=LANGUAGE)
    found = {day: (False, name) for day, name in public.items()}
    found |= {day: (True, "") for day in public.weekend_workdays if day.year == year}
    with write_transaction() as session:
        root = _kept_by(by)
        known = {one.day for one in days_off_of(year)}
        added = [SpecialDay(day=day, worked=worked, name=name) for day, (worked, name) in sorted(found.items()) if day not in known]
        session.add_all(added)
        if added:
            trail.append(EventKind.DAYS_OFF_SEEDED, actor=by.id if by else None, subject=f"days-off:{year}", unit=root.id if root else None,
                         days=[one.day.isoformat() for one in added])
    return len(added)


def seed_years_ahead(today: date) -> int:
    """Seed the current year and the next ones as far as nothing is known of them; return how many days were added."""
    years = range(today.year, today.year + YEARS_AHEAD + 1)
    return sum(seed_days_off(year) for year in years if not days_off_of(year))


def set_special_day(day: date, worked: bool, name: str, by: User) -> None:
    """Say of a day that nobody works on it, or that it is worked although it is of a weekend; said again, the last word counts.

    Raises NotAllowed and InvalidInput.
    """
    typed = Typed()
    name = typed.line("name", name, longest=200, missing="" if worked else "name_missing")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        typed.refuse("day", "number_out_of_range", least=FIRST_YEAR, most=LAST_YEAR)
    if worked and day.weekday() < 5:
        typed.refuse("day", "not_a_weekend_day")
    with write_transaction() as session:
        root = _kept_by(by)
        typed.insist()
        row = session.get(SpecialDay, day)
        if row is not None and (row.worked, row.name) == (worked, name):
            return
        if row is None:
            row = SpecialDay(day=day)
            session.add(row)
        row.worked, row.name = worked, name
        trail.append(EventKind.SPECIAL_DAY_SET, actor=by.id, subject=f"day:{day.isoformat()}", unit=root.id, worked=worked, name=name)


def remove_special_day(day: date, by: User) -> None:
    """Let a day be again what its weekday says; removed twice it is removed once.  Raises NotAllowed."""
    with write_transaction() as session:
        root = _kept_by(by)
        row = session.get(SpecialDay, day)
        if row is None:
            return
        session.delete(row)
        trail.append(EventKind.SPECIAL_DAY_REMOVED, actor=by.id, subject=f"day:{day.isoformat()}", unit=root.id, worked=row.worked, name=row.name)


def may_keep(user: User) -> bool:
    """True when `user` may change the table: an administrator of the root, since it is one for all."""
    root = root_unit()
    return root is not None and access.can(user, Action.KEEP_DAYS_OFF, root)


def _kept_by(by: User | None) -> Unit | None:
    """Return the root, whose administrators keep the table; let nobody else change it before this transaction ends."""
    lock_name("days-off")
    root = root_unit()
    if by is not None:
        if root is None:
            raise NotVisible
        access.require(by, Action.KEEP_DAYS_OFF, root)
    return root
