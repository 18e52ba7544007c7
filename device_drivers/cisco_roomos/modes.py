"""Which output mode a codec answers in, found out by listening: JSON where there is any, terminal mode where there is none.

JSON is asked for and not always granted: old CE firmware prints a usage text and stays in terminal mode.  The first
answer settles the mode for the session, for the preference is the session's.
"""

import json
from typing import Any

from device_drivers.errors import UnexpectedReply
from device_drivers.xapi import json_mode, terminal
from device_drivers.xapi.conversation import Heard, TerminalReader

_ROOTS = {"xstatus": "Status", "xconfiguration": "Configuration", "xcommand": "CommandResponse"}


class EitherReader:
    """Hears both modes until an answer in one of them settles it; from then on only that one.

    `mode` is "json", "terminal", or empty while nothing has been answered.  A list of feedback expressions is plain
    text in either mode.
    """

    def __init__(self) -> None:
        self._json, self._terminal = json_mode.ReplyReader(), TerminalReader()
        self.mode = ""

    def feed(self, data: bytes) -> list[Heard]:
        """Return what `data` completes, with bodies of the mode it was said in."""
        spoken = self._terminal.feed(data)
        replies = self._json.feed(data) if self.mode != "terminal" else []
        if not self.mode and any("ResultId" in reply for reply in replies):
            self.mode = "json"
        elif not self.mode and any(heard.result_id is not None for heard in spoken):
            self.mode = "terminal"
        if self.mode == "terminal":
            return spoken
        if self.mode == "json":
            spoken = [heard for heard in spoken if not heard.word and not heard.is_event]
        return [*(_heard(reply) for reply in replies), *spoken]


def _heard(reply: dict[str, Any]) -> Heard:
    if "ResultId" not in reply:
        return Heard(reply, is_event="CommandResponse" not in reply)  # What came of a command is its own answer or nobody's.
    return Heard(reply, result_id=str(reply["ResultId"]))


def understood(heard: Heard, *, asked: str) -> dict[str, Any]:
    """Return an answer of either mode in the shape of JSON mode; raise CommandRefused when it is a refusal.

    In terminal mode a block without lines is an empty value of what was asked for.
    """
    if isinstance(heard.body, terminal.Reply):
        reply = terminal.accepted(heard.body, asked=asked)
        return terminal.tree(reply, empty=_ROOTS.get(asked.partition(" ")[0].casefold(), ""))
    if not isinstance(heard.body, dict):
        raise UnexpectedReply(asked=asked, got=json.dumps(heard.body))
    return json_mode.accepted(heard.body, asked=asked)


def event_of(body: Any) -> dict[str, Any]:
    """Return an event of either mode in the shape of JSON mode."""
    return terminal.tree(body) if isinstance(body, terminal.Reply) else body
