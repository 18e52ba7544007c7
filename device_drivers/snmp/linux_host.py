"""Computers of a room: HOST-RESOURCES-MIB (RFC 2790) and what net-snmp adds (UCD-SNMP-MIB).  Pure.

Memory that only buffers and caches files is free memory.  Sizes are counted in units and may go past 31 bits, where agents send them
as negative.  No limit is known for load and fullness of a room's computer, so they are shown and not judged.
"""

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, oid
from device_drivers.snmp.measuring import Quantity, State

NAME = "linux_host"

_HOST, _UCD = oid("1.3.6.1.2.1.25"), oid("1.3.6.1.4.1.2021")
_PROCESSOR_LOAD = (*_HOST, 3, 3, 1, 2)
_DEVICE_NAME, _DEVICE_STATUS = (*_HOST, 3, 2, 1, 3), (*_HOST, 3, 2, 1, 5)
_STORE_TYPE, _STORE_NAME, _STORE_UNIT, _STORE_SIZE, _STORE_USED = ((*_HOST, 2, 3, 1, column) for column in range(2, 7))
_RAM, _DISK = (*_HOST, 2, 1, 2), (*_HOST, 2, 1, 4)
_CACHES = frozenset({"Memory buffers", "Cached memory"})  # How net-snmp names the rows that are part of used memory.

_LOAD_TEXT, _LOAD_INT = (*_UCD, 10, 1, 3), (*_UCD, 10, 1, 5)
_TOTAL, _FREE, _BUFFER, _CACHED = ((*_UCD, 4, number, 0) for number in (5, 6, 14, 15))
_DISK_PATH, _DISK_PERCENT = (*_UCD, 9, 1, 2), (*_UCD, 9, 1, 9)
_SENSOR_NAME, _SENSOR_HEAT = (*_UCD, 13, 16, 2, 1, 2), (*_UCD, 13, 16, 2, 1, 3)

_MINUTES = {(1,): "1 min", (2,): "5 min", (3,): "15 min"}
_PROCESSOR = Quantity("processor_load", "%", high=100)
_DEVICE = State("device_status", {
    1: ("", Health.UNKNOWN), 2: ("running", Health.OK), 3: ("warning", Health.WARNING), 4: ("testing", Health.UNKNOWN),
    5: ("down", Health.CRITICAL)})


def asked_of(identity: Detected) -> Asked:
    """Return processors, memory, disks, parts and temperatures."""
    return Asked(objects=(*uptime.ASKED, _TOTAL, _FREE, _BUFFER, _CACHED), columns=(
        _PROCESSOR_LOAD, _DEVICE_NAME, _DEVICE_STATUS, _STORE_TYPE, _STORE_NAME, _STORE_UNIT, _STORE_SIZE, _STORE_USED, _LOAD_TEXT, _LOAD_INT,
        _DISK_PATH, _DISK_PERCENT, _SENSOR_NAME, _SENSOR_HEAT))


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return load, memory, disks, the state of the parts, and temperatures."""
    read = [*uptime.readings(answers, earlier)]
    if (host := answers.values.get(uptime.HOST_UPTIME)) is not None and (up_s := values.seconds(host)) is not None:
        read.append(Measured("host_uptime", up_s, "s", raw=values.as_sent(host), mark=measuring.AT_LEAST))
    read += measuring.cells(answers.column(_PROCESSOR_LOAD), _PROCESSOR)
    read += _load(answers)
    read += _memory(answers, identity)
    read += _disks(answers)
    status, heat = answers.column(_DEVICE_STATUS), answers.column(_SENSOR_HEAT)
    read += measuring.cells(status, _DEVICE, measuring.named_places(answers.column(_DEVICE_NAME), list(status)))
    warm = Quantity("device_temperature", "°C", over=1000, low=-40, high=150)
    return (*read, *measuring.cells(heat, warm, measuring.named_places(answers.column(_SENSOR_NAME), list(heat))))


def _load(answers: Answers) -> list[Measured]:
    """Return the three load averages, from text ("0.42") or else from hundredths."""
    as_text, as_int = Quantity("load_average", high=100_000), Quantity("load_average", over=100, high=100_000)
    texts, integers = answers.column(_LOAD_TEXT), answers.column(_LOAD_INT)
    read = []
    for index, minutes in _MINUTES.items():
        told = [kind.of(column[index], minutes) for column, kind in ((texts, as_text), (integers, as_int)) if index in column]
        read += [next((one for one in told if one.value is not None), told[0])] if told else []
    return read


def _memory(answers: Answers, identity: Detected) -> list[Measured]:
    """Return used memory in per cent, without buffers and caches; at most this where the agent does not tell how much they take."""
    total, free, buffer, cached = (_size(answers, name) for name in (_TOTAL, _FREE, _BUFFER, _CACHED))
    if total and free is not None:
        mark = "" if buffer is not None and cached is not None else measuring.AT_MOST
        return [_share("memory_used", total - free - (buffer or 0) - (cached or 0), total, mark=mark)]
    stores = {index: _store(answers, index) for index in answers.column(_STORE_TYPE)}
    caches = [used for index, (_size_b, used) in stores.items() if _named(answers, index) in _CACHES and used is not None]
    hides_cache = "linux" in identity.description.casefold() and not caches
    read = []
    for index, (size, used) in sorted(stores.items()):
        if values.object_id(answers.values.get((*_STORE_TYPE, *index))) == _RAM and _named(answers, index) not in _CACHES and size:
            share = None if used is None else used - sum(caches)
            read.append(_share("memory_used", share, size, mark=measuring.AT_MOST if hides_cache else ""))
    return read


def _disks(answers: Answers) -> list[Measured]:
    """Return how full the fixed disks are, by HOST-RESOURCES-MIB, and by net-snmp for paths that the first does not name."""
    indexes = sorted(index for index, kind in answers.column(_STORE_TYPE).items() if values.object_id(kind) == _DISK)
    places = measuring.named_places(answers.column(_STORE_NAME), indexes)
    read = []
    for index in indexes:
        size, used = _store(answers, index)
        if size != 0:  # A drive without a medium has no size, and is not full.
            read.append(_share("storage_used", used, size, places[index]))
    known, percents = {one.place for one in read if one.value is not None}, answers.column(_DISK_PERCENT)
    paths = measuring.named_places(answers.column(_DISK_PATH), list(percents))
    more = measuring.cells(percents, Quantity("storage_used", "%", high=100), paths)
    told = {one.place for one in more}
    return [*(one for one in read if one.value is not None or one.place not in told), *(one for one in more if one.place not in known)]


def _store(answers: Answers, index: Oid) -> tuple[int | None, int | None]:
    """Return size and used of a row in octets."""
    unit = values.unsigned_32(answers.values.get((*_STORE_UNIT, *index)))
    size, used = (values.unsigned_32(answers.values.get((*base, *index))) for base in (_STORE_SIZE, _STORE_USED))
    return (None if size is None or not unit else size * unit), (None if used is None or not unit else used * unit)


def _named(answers: Answers, index: Oid) -> str:
    return values.text(answers.values.get((*_STORE_NAME, *index)))


def _size(answers: Answers, name: Oid) -> int | None:
    return values.unsigned_32(answers.values.get(name))


def _share(name: str, used: int | None, size: int | None, place: str = "", *, mark: str = "") -> Measured:
    """Return used of size in per cent; more than all, or less than nothing, is implausible."""
    sent = f"{used if used is not None else '?'} / {size if size is not None else '?'}"
    if used is None or not size:
        return Measured(name, None, "%", place=place, raw=sent, mark=measuring.UNREADABLE)
    if not 0 <= used <= size:
        return Measured(name, None, "%", place=place, raw=sent, mark=measuring.IMPLAUSIBLE)
    return Measured(name, round(used * 100 / size, 1), "%", place=place, raw=sent, mark=mark)
