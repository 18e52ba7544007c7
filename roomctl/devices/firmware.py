"""Which firmware may be used: approved for a model by an administrator of the highest unit, for the whole administration.

A model with none approved says nothing about firmware, and what a device does not tell is neither approved nor not.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import lock_name, write_transaction
from roomctl.devices import connect, firmware_tables
from roomctl.devices.card_tables import ApprovedFirmware
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import root_unit
from roomctl.typed import Typed


@dataclass(frozen=True, slots=True)
class Line:
    """One firmware of a model: how many devices run it, and whether it may be used (None: nothing is approved for the model)."""

    firmware: str
    count: int
    approved: bool | None


@dataclass(slots=True)
class Model:
    """A model with the firmware in use and approved; `unknown` devices have not told theirs."""

    family: str
    model: str
    lines: list[Line] = field(default_factory=list)
    unknown: int = 0

    @property
    def count(self) -> int:
        return self.unknown + sum(line.count for line in self.lines)


def overview(below: Collection[str]) -> list[Model]:
    """Return the models in use at or below some units and those something is approved for, by family and model."""
    in_use, approved = firmware_tables.in_use(below), firmware_tables.approved()
    with_approval = {(family, model) for family, model, _ in approved}
    models: dict[tuple[str, str], Model] = {}
    for known in sorted(in_use.keys() | approved.keys()):
        family, model, firmware = known
        one = models.setdefault((family, model), Model(family, model))
        if firmware:
            one.lines.append(Line(firmware, in_use.get(known, 0), known in approved if (family, model) in with_approval else None))
        else:
            one.unknown += in_use[known]
    return list(models.values())


def may_approve(user: User) -> bool:
    root = root_unit()
    return root is not None and access.can(user, Action.KEEP_DEVICES, root)


def approve(family: str, model: str, firmware: str, *, by: User) -> None:
    """Approve a firmware for a model; approved twice it is approved once.  Raises NotAllowed and InvalidInput (family, model, firmware)."""
    known = _cleaned(family, model, firmware)
    with write_transaction() as session:
        access.require(by, Action.KEEP_DEVICES, root_unit())
        lock_name(f"firmware:{known}")
        if firmware_tables.approval_of(known) is None:
            session.add(ApprovedFirmware(family=known[0], model=known[1], firmware=known[2], approved_at=clock.now(), approved_by=by.id))
            _note(EventKind.FIRMWARE_APPROVED, known, by)


def withdraw(family: str, model: str, firmware: str, *, by: User) -> None:
    """Say that a firmware is not approved any more.  Raises NotAllowed and InvalidInput."""
    known = _cleaned(family, model, firmware)
    with write_transaction() as session:
        access.require(by, Action.KEEP_DEVICES, root_unit())
        lock_name(f"firmware:{known}")
        row = firmware_tables.approval_of(known)
        if row is not None:
            session.delete(row)
            _note(EventKind.FIRMWARE_WITHDRAWN, known, by)


def _cleaned(family: str, model: str, firmware: str) -> firmware_tables.Known:
    typed = Typed()
    if not connect.kind_of(family):
        typed.refuse("family", "unknown_choice")
    known = (family, typed.line("model", model, longest=120, missing="model_missing"),
             typed.line("firmware", firmware, longest=120, missing="firmware_missing"))
    typed.insist()
    return known


def _note(kind: EventKind, known: firmware_tables.Known, by: User) -> None:
    family, model, firmware = known
    trail.append(kind, actor=by.id, subject=f"firmware:{family}", family=family, model=model, firmware=firmware)
