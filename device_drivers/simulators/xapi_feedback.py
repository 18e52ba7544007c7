"""What one session of a simulated codec is registered for, and what there is to report to it."""

import json
import re
from typing import Any

from device_drivers.simulators.xapi_layout import as_json, as_terminal, error

_REQUEST = re.compile(r"xfeedback\s+(?P<verb>register|deregister|list)\s*(?P<path>\S*)\s*$", re.IGNORECASE)
MOST = 38


class Feedback:
    """The registrations of one session.  They are its own, and gone with it."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._told: dict[str, str] = {}
        self._age = 0

    def answer(self, body: str, result_id: str | None, *, as_json_mode: bool, lists: str, refuses: tuple[str, ...],
               now: dict[str, dict[str, Any]], age: int) -> str | None:
        """Return the answer to an `xFeedback` command, or None for another command.

        `now` is what the device could report at this moment: registering does not send it.  `lists` says in which form
        a list is given: "plain" without an id, "tagged" with one, "json", or "nothing".
        """
        request = _REQUEST.match(body)
        if request is None:
            return None
        self._forget_what_is_gone(age)
        lay_out = as_json if as_json_mode else as_terminal
        match request["verb"].lower():
            case "list" if lists == "json":
                return lay_out({"Feedback": {"Expression": list(self.paths)}}, result_id)
            case "list" if lists == "nothing":
                return ""
            case "list":
                tail = [f'** resultId: "{result_id}"'] if lists == "tagged" else []
                return "\n".join([*self.paths, *tail, "** end", "OK", ""])
            case "register" if request["path"] in refuses or len(self.paths) >= MOST:
                return lay_out(error("Result", "No match on address expression.", request["path"], wrapped=True), result_id)
            case "register":
                self.paths.append(request["path"])  # Twice is twice: it would be reported twice.
                self._told = {key: json.dumps(value) for key, value in now.items()}
            case "deregister":
                self.paths = [path for path in self.paths if path != request["path"]]
        return lay_out({}, result_id)

    def _forget_what_is_gone(self, age: int) -> None:
        if age != self._age:
            self.paths, self._age = [], age

    def news(self, now: dict[str, dict[str, Any]], *, age: int) -> list[dict[str, Any]]:
        """Return the events since the last time, each as often as it is registered for.

        `now` holds what can be reported by its place, such as "/Status/Call/3"; what is no longer there is a ghost.
        """
        self._forget_what_is_gone(age)
        found = []
        for place, event in now.items():
            if self._told.get(place) != json.dumps(event):
                found += [event] * self._times(place)
        for place in self._told.keys() - now.keys():
            _, _, name, number = place.split("/")
            found += [{"Status": {name: [{"id": number, "ghost": "True"}]}}] * self._times(place)
        self._told = {key: json.dumps(value) for key, value in now.items()}
        return found

    def _times(self, place: str) -> int:
        return sum(f"{place}/".startswith(f"{path.rstrip('/')}/") for path in self.paths)
