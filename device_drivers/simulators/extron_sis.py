"""A simulated Extron switcher: its banner, its error codes, and the session it closes on those who say nothing.

Source: second-hand, from published driver code, not from a device.  The banner holds what the sources say, in their order;
that commas stand between is this simulator's own making.
"""

from dataclasses import dataclass
from pathlib import Path

from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk

BANNER = "(c) Copyright Extron Electronics, Switcher (simulated), 1.02, 60-0000-01\nSat, 28 Nov 2026 08:00:00\n"


@dataclass
class ExtronBadDay(BadDay):
    """The bad days of any device, and those of this family."""

    banner: str = BANNER
    logs_in_as: str = ""  # "Administrator" or "User", said after the banner.
    asks_password_again: bool = False  # A prompt behind the one of SSH.
    firmware_answer: str = "1.02"  # An error code here is a refusal.
    echoes: bool = False
    idle_limit_s: float = 300.0  # A session that says nothing for so long is closed.
    talks_between: str = ""  # A line that nobody asked for, before each reply.


class SimulatedExtron(SimulatedDevice):
    """One switcher.  It understands one command of one letter, which has no line end."""

    bad: ExtronBadDay

    def __init__(self, *, name: str, username: str = "admin", password: str, host: str = "127.0.0.1", port: int = 0, keys: Path | None = None,
                 bad: ExtronBadDay | None = None) -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad or ExtronBadDay())

    def converse(self, talk: Talk) -> None:
        talk.say(self.bad.banner)
        if self.bad.logs_in_as:
            talk.say(f"Login {self.bad.logs_in_as}\n")
        if self.bad.asks_password_again:
            talk.say("Password:")
        while (sent := talk.next_bytes(self.bad.idle_limit_s)) is not None:
            for letter in sent.decode("utf-8", "replace"):
                if not self.bad.asks_password_again and not self.ignores(letter):
                    echo = f"{letter}\n" if self.bad.echoes else ""
                    talk.say(echo + self.bad.talks_between + (self.bad.firmware_answer if letter == "Q" else "E10") + "\n")
