"""What technicians ask of single devices, done beside the sessions in a loop of its own: orders to many devices, and trial calls.

It has connections of its own: whoever looks at devices closes theirs when they are done.
"""

from collections.abc import Callable
from contextlib import suppress

from flask import Flask

from roomctl.aside import Steady
from roomctl.database import DATABASE_AWAY
from roomctl.devices import connect
from roomctl.duty.carrying_out import Carrier
from roomctl.sessions import tables
from roomctl.sessions.lease import LeaseLost
from roomctl.sessions.trials_at_work import TrialCalls

EVERY_S = 0.3


class Errands:
    """Orders and trial calls under one worker's lease; `still_ours` raises LeaseLost when another has taken over."""

    def __init__(self, still_ours: Callable[[], None]) -> None:
        self._carrier = Carrier(connect.Connections(), leased=tables.leased_device_ids, still_ours=still_ours)
        self._trials = TrialCalls(connect.Connections(), still_ours=still_ours)
        self._loop = Steady("errands", self.tick, every_s=EVERY_S, over=LeaseLost)

    @property
    def device_ids(self) -> set[int]:
        """Return the devices that an errand speaks to now: nobody else looks at them meanwhile."""
        return self._carrier.device_ids | self._trials.device_ids

    def tick(self) -> None:
        self._trials.tick()
        self._carrier.tick()

    def start(self, app: Flask) -> "Errands":
        self._loop.start(app)
        return self

    def close(self) -> None:
        """Stop; trial calls are hung up first."""
        self._loop.close()
        self._carrier.close()
        with suppress(LeaseLost, *DATABASE_AWAY):  # The next worker then finds them under way.
            self._trials.close()
