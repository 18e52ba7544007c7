"""The simulated PJSIP bridge: the words of the real one, over calls that are simulated, and it says so."""

import json
import time
from typing import Any

from device_drivers.simulators.bridge import SUITE, SimulatedBridgeDevice
from device_drivers.simulators.network import Link
from device_drivers.simulators.server import Talk


class SimulatedPjsipBridge(SimulatedBridgeDevice):
    """A bridge with one conference, the first address of its pool."""

    def converse(self, talk: Talk) -> None:
        while (sent := talk.next_line()) is not None:
            if self.ignores(sent):
                continue
            try:
                asked = json.loads(sent)
                number, answer = asked.get("number"), self._answer(asked)
            except (AttributeError, ValueError, KeyError, TypeError) as error:
                number, answer = None, {"error": f"{type(error).__name__}: {error}"}
            talk.say(json.dumps({"number": number, "answer": answer}) + "\n")

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        conference = self.pool[0]
        if question.get("address") not in (None, conference):
            return {"error": f"no conference at {question['address']!r}"}
        links = [link for link in self.network.links_of(self, conference) if link.is_connected]
        match question["do"]:
            case "identify":
                return {"product": "PJSIP conference bridge (simulated)", "version": "2.15.1", "instance": f"SIM-{self.name}",
                        "uptime_s": int(time.monotonic() - self.booted)}
            case "conference":
                return {"address": conference, "locked": conference in self._locked, "callers": [self._caller(link) for link in links]}
            case "drop":
                found = [link for link in links if str(link.number) == question["call"]]
                for link in found:
                    link.ended = not self.bad.hang_up_does_nothing
                return {"dropped": question["call"]} if found else {"error": "no such call"}
            case "lock":
                if not self.bad.setting_does_nothing:
                    (self._locked.add if question["locked"] else self._locked.discard)(conference)
                return {"locked": question["locked"]}
        raise KeyError(question["do"])

    def _caller(self, link: Link) -> dict[str, Any]:
        seen = self._participant(link)
        srtp = [f"     SRTP status: {f'Active Crypto-suite: {SUITE}' if seen['encrypted'] else 'Not active Crypto-suite: '}"]
        return {"call": seen["id"], "remote": f"<sip:{seen['remote']}>", "state": "CONFIRMED", "media": [
            "  #0 audio PCMU @8kHz, sendrecv, peer=192.0.2.1:20000", *srtp, "  #1 unknown deactivated"] if link.has_media else []}
