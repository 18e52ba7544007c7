"""What stands between a device and the network: told by an administrator, so that one broken switch is one alert."""

from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import lock_name, write_transaction
from roomctl.devices import card_tables
from roomctl.devices.tables import Device, device_by_id
from roomctl.errors import NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.units import covers
from roomctl.typed import Typed


def stand_behind(device_id: int, upstream_id: int | None, *, by: User) -> None:
    """Say behind which device another one stands, or that nobody knows.

    It must be equipment or hardware of the same unit or one above it.  Raises NotVisible, NotAllowed and InvalidInput (upstream:
    unknown_choice, upstream_in_a_circle).
    """
    with write_transaction():
        lock_name("device links")  # Two links at once could close a circle.
        device = card_tables.lock_device(device_id)
        if device is None:
            raise NotVisible
        access.require(by, Action.KEEP_DEVICES, device)
        former = card_tables.upstream_of(device_id)
        if former == upstream_id:
            return
        if upstream_id is not None:
            _check(device, upstream_id)
        card_tables.set_upstream(device_id, upstream_id)
        trail.append(EventKind.DEVICE_CHANGED, actor=by.id, subject=device.ref, unit=device.unit_id, changed={"upstream": [former, upstream_id]})


def _check(device: Device, upstream_id: int) -> None:
    typed = Typed()
    upstream = device_by_id(upstream_id)
    if (upstream is None or upstream.retired_at is not None or upstream.kind not in ("equipment", "hardware")
            or not covers(upstream.unit.path, device.unit.path)):
        typed.refuse("upstream", "unknown_choice")
    seen: set[int] = set()
    above: int | None = upstream_id
    while above is not None and above not in seen:
        if above == device.id:
            typed.refuse("upstream", "upstream_in_a_circle")
            break
        seen.add(above)
        above = card_tables.upstream_of(above)
    typed.insist()
