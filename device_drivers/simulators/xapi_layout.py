"""How the xAPI lays out what a simulated codec answers, in JSON and in terminal mode."""

import json
from collections.abc import Iterator
from typing import Any

NO_MATCH = "No match on address expression."
_MARKS = (("*s ", "Status"), ("*c xConfiguration ", "Configuration"), ("*r ", "CommandResponse"), ("*e ", "Event"))


def v(value: str) -> dict[str, str]:
    return {"Value": value}


def error(name: str, reason: str, path: str, *, wrapped: bool = False) -> dict[str, Any]:
    """Return a refusal; older firmware wraps one of a status or a configuration too."""
    body = {name: {"status": "Error", "Reason": v(reason), "XPath": v(path)}}
    return {"CommandResponse": body} if wrapped else body


def as_json(reply: dict[str, Any], result_id: str | None = None) -> str:
    if "Error" in reply:
        return f"{reply['Error']}\n"
    whole = reply if result_id is None else {**reply, "ResultId": result_id}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def as_terminal(reply: dict[str, Any], result_id: str | None = None) -> str:
    if "Error" in reply:
        return f"{reply['Error']}\n"
    tail = [f'** resultId: "{result_id}"'] if result_id else []
    return "\n".join([*body_lines(reply), *tail, "** end", "", "OK", ""])


def body_lines(reply: dict[str, Any]) -> list[str]:
    """Return the lines of a reply's values, each with its mark."""
    return [f"{mark}{text}" for mark, name in _MARKS
            for text in _lines(reply.get(name, {}), (name,) if "status" in reply.get(name, {}) else ())]


def _lines(part: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of a reply: lists by their ids, a status as a headline with the rest indented below it."""
    if isinstance(part, list):
        for item in part:
            yield from _lines({key: value for key, value in item.items() if key != "id"}, (*path, item["id"]))
    elif isinstance(part, dict) and "Value" in part and "error" not in part:
        value = str(part["Value"])
        bare = value.isascii() and value.isalnum()
        yield f"{' '.join(path)}: " + (value if bare else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')
    elif isinstance(part, dict) and "error" in part:
        yield f'{" ".join(path)} (error=True): "{part["Value"]}"'
    else:
        for note in ("status", "ghost"):
            if note in part:
                yield f"{' '.join(path)} ({note}={part[note]}):"
        for key, value in part.items():
            if key not in ("status", "ghost"):
                yield from _lines(value, (*path, key))
