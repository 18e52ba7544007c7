"""Taking a device out of service, moving it to another address, putting another apparatus in its place: never under a running session.

The device's row stays, since evidence and history hang on it.  Its address stays its own too: whoever enrols a device of that kind
there later takes the row back into use, and nothing that was approved before counts.
"""

from dataclasses import asdict, replace
from typing import Any

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, lock_name, write_transaction
from roomctl.devices import card, card_tables, connect, enrol, rotate
from roomctl.devices.anew import await_look, forget_apparatus
from roomctl.devices.card import CardFacts
from roomctl.devices.tables import Device, device_at
from roomctl.errors import Conflict, NotVisible, Refused
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.sessions.device_tables import conferences_counting_on
from roomctl.sessions.tables import leased_device_ids
from roomctl.typed import Typed


def retire_device(device_id: int, *, reason: str, confirmed: bool = False, by: User) -> None:
    """Take a device out of service; retired twice it is retired once.

    Raises NotVisible, NotAllowed, InvalidInput (reason), Conflict("device_in_session") and, unless the person has confirmed it,
    Refused("device_counted_on") with the number of conferences that would do without it.
    """
    typed = Typed()
    reason = typed.line("reason", reason, longest=300, missing="retirement_reason_missing")
    with write_transaction():
        device = _locked(device_id, by)
        if device is None:
            return
        typed.insist()
        _refuse_in_session(device)
        now = clock.now()
        ahead = conferences_counting_on(device, now)
        if ahead and not confirmed:
            raise Refused("device_counted_on", count=ahead)
        device.retired_at = now
        card_tables.forget_links(device.id)
        rotate.give_up_within(device, by=by)
        trail.append(EventKind.DEVICE_RETIRED, actor=by.id, subject=device.ref, unit=device.unit_id, name=device.name, host=device.host,
                     port=device.port, serial=device.serial, reason=reason, conferences_ahead=ahead)


def change_address(device_id: int, *, host: str, port: int, by: User) -> None:
    """Say where a device is reached from now on.  Its approved key stays: whoever answers there must present the same one.

    Raises NotVisible, NotAllowed, InvalidInput (host, port) and Conflict("device_in_session").
    """
    typed = Typed()
    host = enrol.checked_host(typed, host)
    typed.within("port", port, 1, 65535)
    with write_transaction():
        device = _locked(device_id, by)
        if device is None:
            raise NotVisible
        typed.insist()
        if (device.host, device.port) == (host, port):
            return
        _refuse_in_session(device)
        lock_name(f"address:{host}:{port}")
        taken = device_at(host, port)
        if taken is not None:
            typed.refuse("port", "address_taken" if taken.retired_at is None else "address_of_retired", name=taken.name)
        typed.insist()
        before = f"{device.host}:{device.port}"
        device.host, device.port = host, port
        await_look(device)
        trail.append(EventKind.DEVICE_CHANGED, actor=by.id, subject=device.ref, unit=device.unit_id,
                     changed={"address": [before, f"{host}:{port}"]})


def swap_device(device_id: int, *, serial: str, asset_number: str, reason: str, family: str = "", by: User) -> None:
    """Put another apparatus in a device's place: its key is approved anew, its label and books begin anew, the history stays.

    `family` is the new one's when it is of another family of the same kind.  Raises NotVisible, NotAllowed, InvalidInput and
    Conflict("device_in_session").
    """
    typed = Typed()
    reason = typed.line("reason", reason, longest=300, missing="swap_reason_missing")
    serial = typed.line("serial", serial, longest=64, missing="serial_missing")
    asset_number = typed.line("asset_number", asset_number, longest=64)
    with write_transaction():
        device = _locked(device_id, by)
        if device is None:
            raise NotVisible
        family = family or device.family
        if connect.kind_of(family) != device.kind:
            typed.refuse("family", "unknown_choice")
        typed.insist()
        _refuse_in_session(device)
        known, former = card.facts_of(card_tables.card_of(device.id)), _told_of(device)
        device.family = family
        forget_apparatus(device)
        rotate.give_up_within(device, by=by)
        # Its plan and who answers for it are the place's, all else was the former apparatus's.
        card.change_within(device, replace(CardFacts(), serial=serial, asset_number=asset_number, responsible_id=known.responsible_id,
                                           maintain_every_months=known.maintain_every_months, note=known.note), by=by)
        trail.append(EventKind.DEVICE_SWAPPED, actor=by.id, subject=device.ref, unit=device.unit_id, former=former, serial=serial,
                     asset_number=asset_number, family=family, reason=reason)


def _told_of(device: Device) -> dict[str, Any]:
    known = {name: value.isoformat() if hasattr(value, "isoformat") else value
             for name, value in asdict(card.facts_of(card_tables.card_of(device.id))).items() if value}
    return {"family": device.family, "model": device.model, "serial": device.serial, "firmware": device.firmware,
            "fingerprint": device.pinned_fingerprint, "ssh_legacy": device.ssh_legacy, "card": known}


def _locked(device_id: int, by: User) -> Device | None:
    """Lock a device that `by` keeps and return it; None when it is retired."""
    known = db.session.get(Device, device_id)
    if known is None:
        raise NotVisible
    access.require(by, Action.KEEP_DEVICES, known)
    return card_tables.lock_device(device_id)


def _refuse_in_session(device: Device) -> None:
    if device.id in leased_device_ids():
        raise Conflict("device_in_session", name=device.name)
