"""One poll of one agent, faults and all: single objects with GET, columns with GETBULK or GETNEXT.  No network: it asks through a line.

An agent that answers is up, whatever it answers.  What it did not say is absent; a fault it showed is kept in its quirks, so that the next
poll goes around it.  Names decide what an answer belongs to, never its place.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from device_drivers.errors import NoSnmpAnswer, SnmpNoAccess, UnexpectedReply
from device_drivers.snmp.asking import Asked, Oid, Value
from device_drivers.transports.snmp_ber import GET, GET_BULK, GET_NEXT, Nothing, Pdu, Status
from device_drivers.transports.snmp_lines import Line
from device_drivers.transports.snmp_quirks import Quirks

MOST_ROWS = 2000  # Of one column: a switch has some hundreds.
LONGEST_S = 30.0  # One poll; an agent that answers each question late would hold its place for ever.
_DENIED = (Status.NO_ACCESS, Status.AUTHORIZATION)


class Poll:
    """What one poll has brought so far: values, flags, quirks, and when the first answer came."""

    def __init__(self, line: Line, quirks: Quirks, *, can_bulk: bool, most_rows: int = MOST_ROWS, longest_s: float = LONGEST_S,
                 now: Callable[[], float] = time.monotonic) -> None:
        self._line, self._can_bulk, self._most_rows, self._now = line, can_bulk, most_rows, now
        self._until = now() + longest_s
        self.quirks = quirks
        self.values: dict[Oid, Value] = {}
        self.flags: set[str] = set()
        self.answered_at: float | None = None
        self._culprits: set[Oid] = set()
        self._denied = False

    async def run(self, asked: Asked) -> None:
        """Ask everything; raises a DeviceError when nothing came of it.

        An agent that falls silent in the middle loses what it was not asked, not what it has told.
        """
        skipped = self.quirks.broken
        try:
            await self._objects(tuple(name for name in dict.fromkeys(asked.objects) if name not in skipped))
            for column in dict.fromkeys(asked.columns):
                if column not in skipped:
                    await self._walk(column)
        except NoSnmpAnswer:
            if self.answered_at is None:
                raise
            self.flags.add("fell_silent")
        if self._denied and not self.values:
            raise SnmpNoAccess("the agent knows this user or community and shows it nothing that was asked for: a view is missing")
        if self.values:  # An agent that refuses everything is ill, and its objects are not.
            self.quirks = replace(self.quirks, broken=self.quirks.broken | self._culprits)

    async def _ask(self, kind: int, names: tuple[Oid, ...], *, repetitions: int = 0, tries: int | None = None) -> Pdu:
        if self._now() > self._until and self.answered_at is not None:
            self.flags.add("out_of_time")
            raise NoSnmpAnswer("the poll took too long")
        pdu = await self._line.ask(kind, names, repetitions=repetitions, tries=tries)
        if self.answered_at is None:
            self.answered_at = self._now()
        return pdu

    async def _objects(self, names: tuple[Oid, ...]) -> None:
        while names:
            some, names = names[: self.quirks.at_once], names[self.quirks.at_once :]
            await self._get(some)

    async def _get(self, names: tuple[Oid, ...]) -> None:
        """Ask some objects; what spoils the answer for the others is left out and the others asked again."""
        while names:
            pdu = await self._ask(GET, names)
            spoiler = names[pdu.index - 1] if 0 < pdu.index <= len(names) else None
            if pdu.status == Status.OK:
                self._keep(pdu, names)
                return
            if pdu.status == Status.TOO_BIG and len(names) > 1:
                self.quirks = replace(self.quirks, at_once=len(names) // 2)
                await self._objects(names)
                return
            if pdu.status == Status.NO_SUCH_NAME and spoiler is not None:
                self._culprits.add(spoiler)
            elif pdu.status in _DENIED:
                self._denied = True
                if spoiler is None:
                    return
            elif len(names) > 1:
                await self._singly(names)
                return
            else:
                self.flags.add("error_status")
                return
            names = tuple(name for name in names if name != spoiler)

    async def _singly(self, names: tuple[Oid, ...]) -> None:
        """Ask one by one, once, to learn which of them the agent stumbles over."""
        self.flags.add("asked_singly")
        for name in names:
            pdu = await self._ask(GET, (name,))
            if pdu.status == Status.OK:
                self._keep(pdu, (name,))
            elif pdu.status in _DENIED:
                self._denied = True
            else:
                self._culprits.add(name)

    def _keep(self, pdu: Pdu, names: tuple[Oid, ...]) -> None:
        if not pdu.bindings:
            raise UnexpectedReply(asked="GET", got="an answer without anything in it")
        wanted = set(names)
        for name, value in pdu.bindings:
            if name not in wanted:
                self.flags.add("wrong_oid")
            elif not isinstance(value, Nothing):
                self.values.setdefault(name, value)

    async def _walk(self, column: Oid) -> None:
        """Read a column; stop at its end, at the first name that does not increase, or after so many rows."""
        last, rows = column, 0
        while True:
            pdu = await self._rows_after(last)
            if pdu.status != Status.OK:
                if pdu.status in _DENIED:
                    self._denied = True
                elif pdu.status != Status.NO_SUCH_NAME:  # Which is how version 1 says that there is nothing behind.
                    self.flags.add("walk_cut")
                return
            if not pdu.bindings:
                self.flags.add("walk_cut")
                return
            for name, value in pdu.bindings:
                if isinstance(value, Nothing) and value is not Nothing.NULL:
                    return
                if name <= last:
                    self.flags.add("agent_loops")
                    self.quirks = replace(self.quirks, loops=True)
                    return
                if name[: len(column)] != column:
                    return
                if rows >= self._most_rows:
                    self.flags.add("walk_cut")
                    return
                last, rows = name, rows + 1
                if not isinstance(value, Nothing):
                    self.values[name] = value

    async def _rows_after(self, last: Oid) -> Pdu:
        """Ask for the next rows in one GETBULK, or for the next one where GETBULK does not work; remember which it was."""
        if not self._can_bulk or self.quirks.no_bulk:
            return await self._ask(GET_NEXT, (last,))
        pdu = await self._bulk(last)
        if pdu is None:
            pdu = await self._ask(GET_NEXT, (last,))
            if pdu.status == Status.OK and pdu.bindings:  # Else GETBULK was not what it stumbled over.
                self.quirks = replace(self.quirks, no_bulk=True)
                self.flags.add("no_bulk")
        return pdu

    async def _bulk(self, last: Oid) -> Pdu | None:
        """Return the answer to GETBULK, with half the rows when it seems too much; None when there is none."""
        repetitions, tries = self.quirks.repetitions, None
        while True:
            try:
                pdu = await self._ask(GET_BULK, (last,), repetitions=repetitions, tries=tries)
            except NoSnmpAnswer:
                if "out_of_time" in self.flags:
                    raise
                if tries == 1 or repetitions == 1:
                    return None
                repetitions, tries = repetitions // 2, 1
                continue
            if pdu.status == Status.TOO_BIG and repetitions > 1:
                repetitions //= 2
                continue
            if pdu.status in _DENIED:
                return pdu
            if pdu.status != Status.OK or not pdu.bindings:
                return None
            if repetitions < self.quirks.repetitions:
                self.quirks = replace(self.quirks, repetitions=repetitions)
            return pdu
