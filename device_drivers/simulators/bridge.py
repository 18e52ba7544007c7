"""The simulated bridge: conference addresses that mix whoever dials them and whom they dial."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device_drivers.simulators.network import Link, Network, Timing
from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk

SUITE = "AES_CM_128_HMAC_SHA1_80"


@dataclass
class BridgeBadDay(BadDay):
    """The bad days of any device, and those of a bridge."""

    clear_links: bool = False  # Calls to and from other bridges are not encrypted, although its word for the conference says secure.
    clear_callers: list[str] = field(default_factory=list)  # Addresses that are not encrypted at this end, whatever their own says.


class SimulatedBridgeDevice(SimulatedDevice):
    """One bridge on the simulated network; it answers at every address of its pool, and calls from them."""

    bad: BridgeBadDay

    def __init__(self, *, name: str, pool: list[str], network: Network, username: str = "roomctl", password: str, host: str = "127.0.0.1",
                 port: int = 0, keys: Path | None = None, bad: BridgeBadDay | None = None, encryption: str = "BestEffort",
                 timing: Timing | None = None) -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad or BridgeBadDay())
        self.pool, self.network, self.encryption, self.timing = pool, network, encryption, timing or Timing()
        self.dialled: list[tuple[str, str]] = []  # From which conference, and whom.
        self._locked: set[str] = set()
        network.join(self)

    # On the network

    def answers(self, address: str) -> bool:
        return address in self.pool and address not in self._locked

    def wants_encryption(self) -> str:
        return self.encryption

    def spoils(self, link: Link) -> bool:
        after = self.bad.drifts_after_s
        if self.bad.clear_links and isinstance(link.caller, SimulatedBridgeDevice) and isinstance(link.callee, SimulatedBridgeDevice):
            return True
        return after is not None and link.media_s > after

    # On the shell

    def converse(self, talk: Talk) -> None:
        while (sent := talk.next_line()) is not None:
            if self.ignores(sent):
                continue
            try:
                question = json.loads(sent)
                answer = self._answer(question)
            except (ValueError, KeyError, TypeError) as error:
                question, answer = {"id": None}, {"ok": False, "why": str(error)}
            talk.say(json.dumps({"id": question.get("id"), **answer}, ensure_ascii=False) + "\n")

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        match question["do"]:
            case "identify":
                return {"ok": True, "model": "roomctl simulated bridge", "serial": f"SIM-{self.name}", "firmware": "1.0",
                        "uptime_s": int(time.monotonic() - self.booted), "simulated": True}
            case "conference":
                address = question["address"]
                links = [link for link in self.network.links_of(self, address) if link.is_connected]
                return {"ok": True, "address": address, "locked": address in self._locked, "secure": self.encryption != "Off",
                        "participants": [self._participant(link) for link in links]}
            case "dial":
                return self._dial(question["address"], question["remote"])
            case "drop":
                for link in self.network.links_of(self, question["address"]):
                    if str(link.number) == question["participant"]:
                        link.ended = not self.bad.hang_up_does_nothing
                return {"ok": True}
            case "lock":
                if not self.bad.setting_does_nothing:
                    (self._locked.add if question["locked"] else self._locked.discard)(question["address"])
                return {"ok": True}
        return {"ok": False, "why": f"unknown question {question['do']!r}"}

    def _dial(self, address: str, remote: str) -> dict[str, Any]:
        if address not in self.pool:
            return {"ok": False, "why": f"no conference at {address!r}"}
        if not isinstance(remote, str) or not remote:
            return {"ok": False, "why": "no address to call"}
        self.dialled.append((address, remote))
        if self.bad.dial_does_nothing:
            return {"ok": True, "participant": "0"}
        return {"ok": True, "participant": str(self.network.dial(self, remote, self.timing, from_address=address).number)}

    def _participant(self, link: Link) -> dict[str, Any]:
        other, remote = link.callee if link.caller is self else link.caller, link.seen_by(self)
        has_suite = link.has_media and link.is_encrypted and remote not in self.bad.clear_callers
        has_clear_content = getattr(getattr(other, "bad", None), "clear_content", False)  # Its main streams do have a suite.
        return {"id": str(link.number), "remote": remote, "outgoing": link.caller is self,
                "encrypted": (has_suite and not has_clear_content) if link.has_media else None, "suite": SUITE if has_suite else None}
