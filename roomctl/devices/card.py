"""What people keep of a device: its inventory card, and that it was maintained and inspected.

The card says what stands on the label and in the books; what the device says of itself is never written over it.
"""

from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.devices import card_tables
from roomctl.devices.card_tables import InventoryCard
from roomctl.devices.tables import Device
from roomctl.errors import Conflict, NotVisible
from roomctl.organisation import access, once
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, user_by_id, user_by_username
from roomctl.timespan import to_local
from roomctl.typed import Typed

LONGEST_PLAN_MONTHS = 120
FIRST_YEAR = 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A card as it was typed; `maintain_every_months` is 0 where nobody plans maintenance."""

    asset_number: str = ""
    serial: str = ""
    model: str = ""
    bought_on: date | None = None
    warranty_until: date | None = None
    maintained_on: date | None = None
    maintain_every_months: int = 0
    inspected_on: date | None = None
    inspection: str = ""
    responsible_id: int | None = None
    note: str = ""


def today() -> date:
    """Return the day it is where the devices are."""
    return to_local(clock.now()).date()


def facts_of(card: InventoryCard | None) -> CardFacts:
    """Return what a card says; a device without one has an empty card."""
    return CardFacts() if card is None else CardFacts(**{one.name: getattr(card, one.name) for one in fields(CardFacts)})


def responsible(typed: Typed, username: str) -> int | None:
    """Return the id of the person with a sign-in name, None for no name; a name nobody in office has is noted in `typed`."""
    name = username.strip()
    person = user_by_username(name) if name and name.isprintable() else None
    if name and (person is None or not person.active):
        typed.refuse("responsible", "unknown_username")
        return None
    return person.id if person else None


def cleaned(facts: CardFacts, typed: Typed, *, on: date) -> CardFacts:
    """Return the facts as they are kept on the day `on`, what is wrong with them noted in `typed`."""
    lines = {field: typed.line(field, getattr(facts, field), longest=longest)
             for field, longest in (("asset_number", 64), ("serial", 64), ("model", 120), ("inspection", 300), ("note", 500))}
    typed.within("maintain_every_months", facts.maintain_every_months, 0, LONGEST_PLAN_MONTHS)
    for field in ("bought_on", "maintained_on", "inspected_on"):
        _past(typed, field, getattr(facts, field), on)
    _late_enough(typed, "warranty_until", facts.warranty_until)
    if facts.bought_on and facts.warranty_until and facts.warranty_until < facts.bought_on:
        typed.refuse("warranty_until", "warranty_before_purchase")
    return replace(facts, **lines)


def _past(typed: Typed, field: str, day: date | None, on: date) -> None:
    if day is not None and day > on:
        typed.refuse(field, "day_in_the_future")
    _late_enough(typed, field, day)


def _late_enough(typed: Typed, field: str, day: date | None) -> None:
    if day is not None and day.year < FIRST_YEAR:
        typed.refuse(field, "day_too_early", year=FIRST_YEAR)


def version_of(card: InventoryCard | None) -> str:
    """Return a word that changes whenever the card does, for a form to bring back."""
    return card.changed_at.isoformat() if card is not None else ""


def change_card(device_id: int, facts: CardFacts, *, seen: str | None = None, by: User) -> None:
    """Write a device's card; `seen` is the version the person had before them, None for whatever it is.

    Raises NotVisible, NotAllowed, InvalidInput and Conflict("card_changed_meanwhile").
    """
    typed = Typed()
    facts = cleaned(facts, typed, on=today())
    with write_transaction():
        device = _locked(device_id, Action.KEEP_DEVICES, by)
        typed.insist()
        card = card_tables.card_of(device_id)
        if seen is not None and seen != version_of(card) and differing(card, facts):
            raise Conflict("card_changed_meanwhile")
        change_within(device, facts, by=by)


def change_within(device: Device, facts: CardFacts, *, by: User) -> bool:
    """Write cleaned facts to a locked device's card, inside the caller's transaction; False when they change nothing."""
    card = card_tables.card_of(device.id)
    told = differing(card, facts)
    if not told:
        return False
    _write(device.id, card, facts)
    trail.append(EventKind.INVENTORY_CARD_CHANGED, actor=by.id, subject=device.ref, unit=device.unit_id, changed=told)
    return True


def differing(card: InventoryCard | None, facts: CardFacts) -> dict[str, list[Any]]:
    """Return what these facts would change of a card: its field, with the value before and after, as plain values."""
    before, after = asdict(facts_of(card)), asdict(facts)
    return {name: [_plain(before[name]), _plain(after[name])] for name in after if before[name] != after[name]}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write(device_id: int, card: InventoryCard | None, facts: CardFacts) -> None:
    if card is None:
        card = InventoryCard(device_id=device_id)
        db.session.add(card)
    for name, value in asdict(facts).items():
        setattr(card, name, value)
    card.changed_at = _later(card.changed_at)


def _later(before: datetime | None) -> datetime:
    """Return now, and always a moment later than the change before: the version of a card is read from it."""
    now = clock.now()
    return now if before is None or now > before else before + timedelta(microseconds=1)


def record_maintenance(device_id: int, on: date | None, *, done: str, by: User, key: str = "") -> None:
    """Note that a device was maintained on a day, and what was done; the next one is due from then.

    The same `key` again notes nothing new.  Raises NotVisible, NotAllowed and InvalidInput.
    """
    typed = Typed()
    done = typed.line("done", done, longest=300, missing="maintenance_done_missing")
    _record(_Record("maintained_on", on, EventKind.DEVICE_MAINTAINED, {"done": done}), device_id, typed, by, key)


def record_inspection(device_id: int, on: date | None, *, result: str, by: User, key: str = "") -> None:
    """Note that a device was inspected on a day, and what was found.

    The same `key` again notes nothing new.  Raises NotVisible, NotAllowed and InvalidInput.
    """
    typed = Typed()
    result = typed.line("inspection", result, longest=300, missing="inspection_result_missing")
    _record(_Record("inspected_on", on, EventKind.DEVICE_INSPECTED, {"result": result}, inspection=result), device_id, typed, by, key)


@dataclass(frozen=True, slots=True)
class _Record:
    field: str
    on: date | None
    kind: EventKind
    told: dict[str, str]
    inspection: str | None = None


def _record(record: _Record, device_id: int, typed: Typed, by: User, key: str) -> None:
    if record.on is None:
        typed.refuse(record.field, "bad_date")
    _past(typed, record.field, record.on, today())
    with write_transaction():
        device = _locked(device_id, Action.KEEP_MAINTENANCE, by)
        if key and once.made_before(by, key) is not None:
            return
        card = card_tables.card_of(device_id)
        latest = getattr(facts_of(card), record.field)
        if record.on is not None and latest is not None and record.on < latest:
            typed.refuse(record.field, "later_one_recorded", day=f"{latest:%d/%m/%Y}")
        typed.insist()
        facts = replace(facts_of(card), **{record.field: record.on})
        _write(device_id, card, facts if record.inspection is None else replace(facts, inspection=record.inspection))
        trail.append(record.kind, actor=by.id, subject=device.ref, unit=device.unit_id, on=_plain(record.on), **record.told)
        if key:
            once.remember(by, key, device.ref)


def _locked(device_id: int, action: Action, by: User) -> Device:
    device = card_tables.lock_device(device_id)
    if device is None or not access.can(by, Action.SEE_DEVICES, device):
        raise NotVisible
    access.require(by, action, device)
    return device


def responsible_name(card: InventoryCard | None) -> str:
    """Return the sign-in name of who answers for a device, or an empty string."""
    person = user_by_id(card.responsible_id) if card is not None and card.responsible_id is not None else None
    return person.username if person else ""
