"""A simulated guest: an endpoint of somebody else's that can be called and is nobody's to read."""

from device_drivers.simulators.network import Link, Network, Timing


class SimulatedGuest:
    """One endpoint on the simulated network, with no way in for a controller.

    `encryption` is what it negotiates ("On", "BestEffort", "Off"); without `autoanswer` its calls ring until `answer` is called.
    """

    def __init__(self, *, name: str, address: str, network: Network, encryption: str = "BestEffort", autoanswer: bool = True,
                 timing: Timing | None = None) -> None:
        self.name, self.address, self.network = name, address, network
        self.encryption, self.autoanswer, self.timing = encryption, autoanswer, timing or Timing()
        self.is_on = True
        network.join(self)

    def answers(self, address: str) -> bool:
        return self.is_on and address == self.address

    def wants_encryption(self) -> str:
        return self.encryption

    @property
    def needs_answer(self) -> bool:
        return not self.autoanswer

    def calls_up(self) -> list[Link]:
        return self.network.links_of(self)

    def answer(self) -> None:
        """Accept every call that rings here."""
        for link in self.calls_up():
            if link.callee is self:
                link.answer()

    def dial(self, address: str) -> Link:
        return self.network.dial(self, address, self.timing)

    def hang_up(self) -> None:
        for link in self.calls_up():
            link.ended = True

    def start(self) -> None:
        """Be there for whoever calls, as it is from the beginning."""
        self.is_on = True

    def stop(self) -> None:
        """End its calls and answer no more."""
        self.is_on = False
        self.hang_up()
