"""The simulated bridge: conference addresses that mix whoever dials them."""

import json
import time
from pathlib import Path
from typing import Any

from device_drivers.simulators.network import Network
from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk


class SimulatedBridgeDevice(SimulatedDevice):
    """One bridge on the simulated network; it answers at every address of its pool."""

    def __init__(self, *, name: str, pool: list[str], network: Network, username: str = "roomctl", password: str, host: str = "127.0.0.1",
                 port: int = 0, keys: Path | None = None, bad: BadDay | None = None, encryption: str = "BestEffort") -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad)
        self.pool, self.network, self.encryption = pool, network, encryption
        self._locked: set[str] = set()
        network.join(self)

    def answers(self, address: str) -> bool:
        return address in self.pool and address not in self._locked

    def wants_encryption(self) -> str:
        return self.encryption

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
                links = [link for link in self.network.links_of(self, question["address"]) if link.is_connected]
                return {"ok": True, "address": question["address"], "locked": question["address"] in self._locked, "participants": [
                    {"id": str(link.number), "remote": getattr(link.caller, "address", link.caller.name),
                     "encrypted": (link.is_encrypted and not link.caller.bad.clear_content) if link.has_media else None,
                     "suite": "AES_CM_128_HMAC_SHA1_80" if link.has_media and link.is_encrypted else None} for link in links]}
            case "drop":
                for link in self.network.links_of(self, question["address"]):
                    if str(link.number) == question["participant"]:
                        link.ended = True
                return {"ok": True}
            case "lock":
                (self._locked.add if question["locked"] else self._locked.discard)(question["address"])
                return {"ok": True}
        return {"ok": False, "why": f"unknown question {question['do']!r}"}
