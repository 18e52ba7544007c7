"""What a simulated xAPI codec tells of its calls, and what it does with one that rings.

The layout of an incoming call is that of any other, with the words of Cisco's schemas for direction and answer.
"""

from typing import Any

from device_drivers.simulators.network import Endpoint, Link
from device_drivers.simulators.xapi_layout import error, v


def told(call_id: str, link: Link, end: Endpoint) -> dict[str, Any]:
    """Return `xStatus Call n` as `end` of the link tells it."""
    outgoing, other = link.caller is end, link.seen_by(end)
    answer = "Unanswered" if not link.is_connected else "Answered" if outgoing or link.waits_for_answer else "Autoanswered"
    return {"id": call_id, "AnswerState": v(answer), "Status": v("Connected" if link.is_connected else "Dialling" if outgoing else "Ringing"),
            "Direction": v("Outgoing" if outgoing else "Incoming"), "Protocol": v("sip"), "RemoteNumber": v(other),
            "CallbackNumber": v(f"sip:{other}"), "CallType": v("Video"),
            "Encryption": {"Type": v("Aes-128" if link.has_media and link.is_encrypted else "None")}}


def channels(call_id: str, link: Link, *, has_clear_content: bool, netstat: dict[str, Any]) -> dict[str, Any]:
    """Return `xStatus MediaChannels Call n`: four channels that share the fate of the link, and the content's own."""
    if not link.has_media:
        return {"Status": {"MediaChannels": {"Call": [{"id": call_id}]}}}
    kinds = [("Audio", "Incoming"), ("Audio", "Outgoing"), ("Video", "Incoming"), ("Video", "Outgoing")]
    found: list[dict[str, Any]] = [{"id": str(number), "Type": v(kind), "Direction": v(direction),
                                    "Encryption": v("On" if link.is_encrypted else "Off"), **netstat}
                                   for number, (kind, direction) in enumerate(kinds, start=2)]
    if has_clear_content:
        found.append({"id": "9", "Type": v("Video"), "Direction": v("Outgoing"), "Encryption": v("Off"),
                      "Video": {"ChannelRole": v("Presentation")}})
    return {"Status": {"MediaChannels": {"Call": [{"id": call_id, "Channel": found}]}}}


def accepted(link: Link | None, end: Endpoint, *, obeys: bool) -> dict[str, Any]:
    """Accept a call that comes in; the words of a refusal are made up."""
    if link is None or link.callee is not end or link.is_connected:
        return error("CallAcceptResult", "Call not found", "", wrapped=True)
    if obeys:
        link.answer()
    return {"CommandResponse": {"CallAcceptResult": {"status": "OK"}}}
