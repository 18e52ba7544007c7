"""The simulated bridge's words: one JSON object a line, each answer carrying the number of its question.  Pure."""

import codecs
import json
from typing import Any

from device_drivers.errors import CommandRefused, UnexpectedReply
from device_drivers.readings import ConferenceOnBridge, Participant, Tri


def question(number: int, do: str, **facts: Any) -> bytes:
    """Return one line; JSON escapes whatever could end it early."""
    return json.dumps({"id": number, "do": do, **facts}).encode() + b"\n"


class AnswerReader:
    """Turns bytes into answers, however they were cut."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        self._text += self._decoder.decode(data)
        *lines, self._text = self._text.split("\n")
        answers = []
        for whole in lines:
            try:
                answer = json.loads(whole)
            except ValueError:
                continue  # Whatever is not an answer is not counted as one; the deadline then speaks.
            if isinstance(answer, dict):
                answers.append(answer)
        return answers


def accepted(answer: dict[str, Any], *, asked: str) -> dict[str, Any]:
    if answer.get("ok") is not True:
        raise CommandRefused(asked=asked, reason=str(answer.get("why", "")))
    return answer


def dialled(answer: dict[str, Any]) -> str:
    """Return the id of the call that a conference placed."""
    participant = answer.get("participant")
    if not isinstance(participant, str) or not participant:
        raise UnexpectedReply(asked="dial", got=json.dumps(answer))
    return participant


def _tri(word: object) -> Tri:
    return Tri.YES if word is True else Tri.NO if word is False else Tri.UNKNOWN


def conference(answer: dict[str, Any]) -> ConferenceOnBridge:
    """Read the answer to "conference"; a participant whose encryption is not a plain yes or no is unknown."""
    try:
        participants = tuple(
            Participant(id=str(item["id"]), remote=str(item["remote"]), suite=item.get("suite"),
                        encrypted=_tri(item.get("encrypted")), outgoing=item.get("outgoing") is True, muted=_tri(item.get("muted")))
            for item in answer["participants"]
        )
        return ConferenceOnBridge(address=str(answer["address"]), participants=participants,
                                  locked=_tri(answer.get("locked")),
                                  raw=json.dumps(answer, ensure_ascii=False, sort_keys=True))
    except (KeyError, TypeError):
        raise UnexpectedReply(asked="conference", got=json.dumps(answer)) from None
