"""The agenda of a conference: its items, how long each takes, and the units in the order in which they speak."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.tables import Conference
from roomctl.database import db, lock_name, write_transaction
from roomctl.documents import reach, tables
from roomctl.documents.tables import AgendaItem, AgendaSpeaker
from roomctl.errors import NotVisible
from roomctl.organisation import once
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import Unit, unit_of_today
from roomctl.typed import Typed

MOST_ITEMS, LONGEST_MIN = 100, 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What is told of an item; text as typed, units in the order in which they speak."""

    title: str
    minutes: int = 0
    unit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """A unit that speaks; `takes_part` is False of one whose rooms have left the conference since."""

    unit_id: int
    name: str
    takes_part: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it is read; `starts_at` is None where an item before it says no length."""

    id: int
    place: int
    title: str
    minutes: int
    starts_at: datetime | None
    speakers: tuple[Speaker, ...]


def agenda_of(conference_id: int, *, by: User) -> list[Item]:
    """Return a conference's agenda for somebody who sees the conference in full; raise NotVisible."""
    occurrence, full = reach.seen(by, conference_id)
    part, starts_at, items = {unit.id for unit in units_to_speak(conference_id)}, full.span.start, []
    for place, row in enumerate(tables.agenda_of(occurrence.conference_id), 1):
        speakers = [unit_of_today(speaker.unit) for speaker in row.speakers]
        items.append(Item(row.id, place, row.title, row.minutes, starts_at, tuple(Speaker(one.id, one.name, one.id in part) for one in speakers)))
        starts_at = starts_at + timedelta(minutes=row.minutes) if starts_at is not None and row.minutes else None
    return items


def units_to_speak(conference_id: int) -> list[Unit]:
    """Return the units taking part, upper units first: those whose rooms are in the conference."""
    return tables.units_taking_part(conference_id)


def add_item(conference_id: int, facts: ItemFacts, *, by: User, key: str) -> None:
    """Add an item at the end; the same `key` sent again adds nothing.

    Raises NotVisible, NotAllowed, Refused("no_documents_when_restricted"), Conflict("cancelled") and InvalidInput.
    """
    with write_transaction():
        conference = reach.kept(by, conference_id)
        if once.made_before(by, key) is not None:
            return
        rows = _locked(conference)
        facts = _checked(facts, conference, rows_after=len(rows) + 1)
        item = AgendaItem(conference_id=conference.id, place=len(rows) + 1, title=facts.title, minutes=facts.minutes)
        db.session.add(item)
        _speak(item, facts)
        once.remember(by, key, conference.ref)  # A form's key leads to what exists as long as anything: the item may be removed again.
        _note(conference, by, "added", item)


def change_item(conference_id: int, item_id: int, facts: ItemFacts, *, by: User) -> None:
    """Change what is told of an item; raises what `add_item` raises."""
    with write_transaction():
        conference = reach.kept(by, conference_id)
        rows = _locked(conference)
        item = _one_of(rows, item_id)
        facts = _checked(facts, conference, rows_after=len(rows))
        item.title, item.minutes = facts.title, facts.minutes
        _speak(item, facts)
        _note(conference, by, "changed", item)


def move_item(conference_id: int, item_id: int, *, to: int, by: User) -> None:
    """Move an item to a place, counted from 1; moved there twice it stands there.  Raises what `add_item` raises."""
    with write_transaction():
        conference = reach.kept(by, conference_id)
        rows = _locked(conference)
        item = _one_of(rows, item_id)
        if rows.index(item) + 1 == to:
            return
        rows.remove(item)
        rows.insert(max(to - 1, 0), item)
        _number(rows)
        _note(conference, by, "moved", item)


def remove_item(conference_id: int, item_id: int, *, by: User) -> None:
    """Remove an item, from a restricted conference too; removed twice it is gone once.  Raises NotVisible and NotAllowed."""
    with write_transaction() as session:
        conference = reach.emptied(by, conference_id)
        rows = _locked(conference)
        item = next((row for row in rows if row.id == item_id), None)
        if item is None:
            return
        rows.remove(item)
        _number(rows)
        _note(conference, by, "removed", item)
        session.delete(item)


def clear_within(conference: Conference, *, by: User) -> None:
    """Remove the whole agenda, inside the caller's transaction, which has asked whether `by` may."""
    for item in _locked(conference):
        _note(conference, by, "removed", item)
        db.session.delete(item)


def _locked(conference: Conference) -> list[AgendaItem]:
    lock_name(f"agenda:{conference.id}")  # Two who move items at once would number them alike.
    return tables.agenda_of(conference.id)


def _one_of(rows: list[AgendaItem], item_id: int) -> AgendaItem:
    item = next((row for row in rows if row.id == item_id), None)
    if item is None:
        raise NotVisible
    return item


def _checked(facts: ItemFacts, conference: Conference, *, rows_after: int) -> ItemFacts:
    typed = Typed()
    title = typed.line("title", facts.title, longest=300, missing="agenda_title_missing")
    typed.within("minutes", facts.minutes, 0, LONGEST_MIN)
    if rows_after > MOST_ITEMS:
        typed.refuse("title", "too_many_items", limit=MOST_ITEMS)
    unit_ids = tuple(dict.fromkeys(facts.unit_ids))
    if not {unit.id for unit in units_to_speak(conference.id)}.issuperset(unit_ids):
        typed.refuse("units", "speaker_takes_no_part")
    typed.insist()
    return ItemFacts(title=title, minutes=facts.minutes, unit_ids=unit_ids)


def _speak(item: AgendaItem, facts: ItemFacts) -> None:
    item.speakers.clear()
    db.session.flush()  # Their places are free before they are given anew.
    item.speakers += [AgendaSpeaker(place=place, unit_id=unit_id) for place, unit_id in enumerate(facts.unit_ids, 1)]
    db.session.flush()


def _number(rows: list[AgendaItem]) -> None:
    for place, row in enumerate(rows, 1):
        row.place = place


def _note(conference: Conference, by: User, change: str, item: AgendaItem) -> None:
    trail.append(EventKind.AGENDA_CHANGED, actor=by.id, subject=conference.ref, unit=conference.unit_id,
                 classification=conference.classification, change=change, item=item.id)
