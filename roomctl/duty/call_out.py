"""Who is told of an alert: of what is critical, stands for a while, has nobody's name on it, and meets a conference within a day.

Everything else is only on screen.  Nobody is told twice of the same alert; whoever comes on duty is told of what nobody has taken on.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from roomctl.devices.health import Status
from roomctl.devices.judging import NO_ANSWER
from roomctl.duty import alert_tables, on_call, sight_tables, standing
from roomctl.duty.alert_tables import Alert
from roomctl.duty.sight_tables import Ahead
from roomctl.duty.standing import Look
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import once
from roomctl.organisation.tables import Unit, active_people, unit_by_id
from roomctl.timespan import to_local


def tell(alerts: Sequence[Alert], looks: Mapping[int, Look], silent_units: Collection[str], now: datetime) -> None:
    """Leave a notice for whoever is to mend what a conference depends on, inside the caller's transaction.

    `silent_units` are the paths of the units of which at least half does not answer: there the line may yet be named.
    """
    pressing = [one for one in alerts if _is_pressing(one, looks, silent_units, now)]
    if not pressing:
        return
    rooms = alert_tables.rooms_of_alerts({one.id for one in pressing})
    closed = sight_tables.in_maintenance({room_id for ids in rooms.values() for room_id in ids}, now)
    open_rooms = {alert_id: ids - closed for alert_id, ids in rooms.items()}
    first: dict[int, Ahead] = {}
    for ahead in sight_tables.conferences_ahead({room_id for ids in open_rooms.values() for room_id in ids}, now, now + standing.AHEAD):
        first.setdefault(ahead.room_id, ahead)
    due = [(one, _soonest(open_rooms.get(one.id, ()), first)) for one in pressing]
    due = [(one, ahead) for one, ahead in due if ahead is not None]
    units = {one.unit_id: unit_by_id(one.unit_id) for one, _ in due}
    people = on_call.nearest({unit.path for unit in units.values()}, now)
    users = {user.id: user for user in active_people({person.user_id for called in people.values() for person in called})}
    known = alert_tables.told_already(users, {_key(one) for one, _ in due})
    for one, ahead in due:
        called = [users[person.user_id] for person in people[units[one.unit_id].path] if person.user_id in users]
        fresh = [user for user in called if (user.id, _key(one)) not in known]
        if fresh:
            _leave(one, ahead, units[one.unit_id], looks, len(open_rooms[one.id]), [user.id for user in fresh])
            for user in fresh:
                once.remember(user, _key(one), f"device:{one.device_id}" if one.device_id is not None else f"unit:{one.unit_id}")


def _is_pressing(one: Alert, looks: Mapping[int, Look], silent_units: Collection[str], now: datetime) -> bool:
    if one.status != Status.CRITICAL or one.silent or one.acknowledged_at is not None or one.under_id is not None:
        return False
    if one.device_id is None:
        return True  # A line was waited for already, while its devices fell silent.
    path = looks[one.device_id].unit_path
    in_doubt = one.kind in NO_ANSWER and any(path.startswith(upper) for upper in silent_units)
    return standing.is_settled(one.opened_at, now, half_of_unit_silent=in_doubt)


def _soonest(room_ids: Collection[int], first: Mapping[int, Ahead]) -> Ahead | None:
    return min((first[room_id] for room_id in room_ids if room_id in first), key=lambda ahead: (ahead.span.start, ahead.room_id), default=None)


def _key(one: Alert) -> str:
    return f"alert-{one.id}"


def _leave(one: Alert, ahead: Ahead, unit: Unit, looks: Mapping[int, Look], rooms: int, to: Collection[int]) -> None:
    """Leave the notice: it names time, room and device, and nothing of the conference, which may be restricted."""
    at = f"{to_local(ahead.span.start):%H:%M %d/%m/%Y}"
    if one.device_id is None:
        outbox.enqueue(NoticeKind.LINE_ALERT, to=to, reason="\n".join((unit.name, str(rooms), at)))
    else:
        outbox.enqueue(NoticeKind.DEVICE_ALERT, to=to, room_id=ahead.room_id,
                       reason="\n".join((one.kind, looks[one.device_id].name, at, str(rooms))))
