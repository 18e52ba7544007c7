"""A simulated TC codec: terminal mode only, channels by direction and kind, `Conference 1`, and oddities of its own.

Behaves as the guides for TC 5 to 7 say; the word for an encrypted channel is in none of them, so it can be chosen.
"""

import threading
from dataclasses import dataclass
from typing import Any

from device_drivers.simulators.cisco_roomos import USAGE, SimulatedRoomOS
from device_drivers.simulators.network import Link
from device_drivers.simulators.server import Talk
from device_drivers.simulators.xapi_layout import NO_MATCH, body_lines


@dataclass
class Oddities:
    """What differs from one TC codec to another; they may be changed while the device runs."""

    echo_stays_on: bool = False
    line_end: str = "\n"  # "\n" is sent as CR LF; "\r\r\n" and "\r" are sent as they are.
    setting_has_index: bool = True  # `Conference 1 Encryption Mode`, and the path without the 1 is not known.
    setting_answered_by: str = "both"  # Or "OK" alone, which bears no resultId.
    shows_channels: bool = True
    channel_word: str = "On"  # For an encrypted channel.
    cuts_blocks_short: bool = False  # A block loses its last line and its `** end`.
    boot: str = "OK"  # Or "close" at once, or "nothing".
    talks_between: str = ""  # Lines that nobody asked for, before each reply.


class SimulatedTc(SimulatedRoomOS):
    """One TC codec on the simulated network."""

    def __init__(self, *, oddities: Oddities | None = None, **facts: Any) -> None:
        super().__init__(**facts)
        self.odd = oddities or Oddities()

    def converse(self, talk: Talk) -> None:
        self._say(talk, f"\nWelcome to {self.display_name}\nTANDBERG Codec Release TC7.3.21 (simulated)\nSW Release Date: 2019-11-29\n"
                        "*r Login successful\n\nOK\n\n")
        while (sent := talk.next_line()) is not None:
            if not sent.strip():
                continue
            body, _, tail = sent.partition(" | resultId=")
            body, result_id = body.strip(), tail.strip().strip('"')
            if self.ignores(body):
                continue
            lowered = body.lower()
            if lowered == "bye":
                return
            if self.odd.echo_stays_on:
                self._say(talk, f"{sent}\n")
            if lowered.startswith("echo "):
                self._say(talk, "\nOK\n")
            elif lowered.startswith("xpreferences outputmode "):
                self._say(talk, "" if lowered.endswith(" terminal") else USAGE)
            elif lowered.startswith("xcommand boot") and self.odd.boot != "OK":
                if self.odd.boot == "close":
                    return
            else:
                self._say(talk, self.odd.talks_between + self._laid_out(body, result_id))

    def _say(self, talk: Talk, text: str) -> None:
        talk.say(text.replace("\n", self.odd.line_end))

    def _laid_out(self, body: str, result_id: str) -> str:
        """Return the reply to one command as terminal mode lays it out."""
        reply = self._reply(body)
        if "Error" in reply:
            return f"{reply['Error']}\n"
        root = body.partition(" ")[0].lower()
        if root == "xconfiguration" and ": " in body and not reply and self.odd.setting_answered_by == "OK":
            return "\nOK\n"
        lines = body_lines(reply)
        if self.odd.cuts_blocks_short:
            return "\n".join([*lines[:-1], "", "OK", ""])
        if root == "xcommand":
            return "\n".join(["", "OK", *lines, f'** resultId: "{result_id}"', "** end", ""])
        return "\n".join([*lines, f'** resultId: "{result_id}"', "** end", "", "OK", ""])

    def _status(self, words: list[str]) -> dict[str, Any]:
        if [word.lower() for word in words[:1]] == ["mediachannels"] and not self.odd.shows_channels:
            return {"Status": {"status": "Error", "Reason": {"Value": NO_MATCH}, "XPath": {"Value": "Status/MediaChannels"}}}
        reply = super()._status(words)
        if [word.lower() for word in words] == ["systemunit"] and "SystemUnit" in reply["Status"]:
            unit = reply["Status"]["SystemUnit"]
            unit["ProductPlatform"] = {"Value": "SX20 (simulated)"}
            unit["Software"]["Version"] = {"Value": "TC7.3.21"}
        return reply

    def _channels(self, call_id: str, link: Link) -> dict[str, Any]:
        if not link.has_media:
            return {"Status": {}}
        word = self.odd.channel_word if link.is_encrypted else "Off"
        kinds = ["IncomingAudioChannel", "OutgoingAudioChannel", "IncomingVideoChannel", "OutgoingVideoChannel"]
        call: dict[str, Any] = {"id": call_id}
        for number, kind in enumerate(kinds, start=1):
            call[kind] = [{"id": str(number), "Encryption": {"Status": {"Value": word}}, "Protocol": {"Value": "AACLD"}}]
        if self.bad.clear_content:
            call["OutgoingVideoChannel"].append({"id": "9", "Encryption": {"Status": {"Value": "Off"}}})
        return {"Status": {"MediaChannels": {"Call": [call]}}}

    def _command(self, command: str, parameters: dict[str, str]) -> dict[str, Any]:
        match command.lower():
            case "boot":
                threading.Thread(target=self.reboot, kwargs={"away_s": 1.0}, daemon=True).start()
                return {"CommandResponse": {"BootResult": {"status": "OK"}}}
            case "systemunit boot":
                return {"CommandResponse": {"Result": {"status": "Error", "Reason": {"Value": "Unknown command"}}}}
            case "message alert display":
                return self._show(parameters)
            case "userinterface message alert display":
                return {"CommandResponse": {"Result": {"status": "Error", "Reason": {"Value": "Unknown command"}}}}
        return super()._command(command, parameters)

    def _configuration(self, rest: str) -> dict[str, Any]:
        if not self.odd.setting_has_index:
            return super()._configuration(rest)
        path, colon, value = rest.partition(": ")
        if not path.strip():
            whole = super()._configuration("")["Configuration"]
            return {"Configuration": {**whole, "Conference": [{"id": "1", **whole["Conference"]}]}}
        if path.strip().lower() != "conference 1 encryption mode":
            return {"Configuration": {"status": "Error", "Reason": {"Value": NO_MATCH}, "XPath": {"Value": "Configuration/Conference"}}}
        reply = super()._configuration(f"Conference Encryption Mode{colon}{value}")
        mode = reply.get("Configuration", {}).get("Conference")
        return {"Configuration": {"Conference": [{"id": "1", **mode}]}} if mode else reply
