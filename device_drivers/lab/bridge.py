"""A real conference bridge: `python -m device_drivers.lab.bridge ADDRESS PORT mandatory|optional|disabled [FOLDER]`.

It answers whoever calls and mixes everybody's sound; needs the package pjsua2-python.  One JSON object a line: questions on the
standard input ({"do": "list"}, {"do": "drop", "id": 3}, {"do": "quit"}), answers and events on the standard output.  With a FOLDER of
its own it has a door there too (`door.py`), for the driver of the family pjsip_bridge.
"""

import json
import os
import queue
import re
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pjsua2 as pj

from device_drivers.lab.door import Question, open_door

USES_SRTP = {"mandatory": pj.PJMEDIA_SRTP_MANDATORY, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "disabled": pj.PJMEDIA_SRTP_DISABLED}
RTP_FROM = 30_000
HANDLING_MS = 20
LOCKED_OUT = 403  # Forbidden.
_ABOUT_MEDIA = re.compile(r"^ *(?:#\d+ .*|SRTP status: .*)$", re.MULTILINE)
_SUITE = re.compile(r"SRTP status: Active Crypto-suite: (\S+)")


def emit(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


class CallIn(pj.Call):
    """One caller, heard by all the others."""

    def __init__(self, account: pj.Account, call_id: int, everybody: "dict[int, CallIn]") -> None:
        super().__init__(account, call_id)
        self.everybody = everybody
        self.sound: pj.AudioMedia | None = None

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        about = self.getInfo()
        emit(event="state", id=about.id, state=about.stateText, remote=about.remoteUri)
        if about.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.everybody.pop(about.id, None)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        about = self.getInfo()  # Kept whole: its parts do not keep it alive.
        for one in about.media:
            if one.type == pj.PJMEDIA_TYPE_AUDIO and one.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self.sound = self.getAudioMedia(one.index)
                for other in self.everybody.values():
                    if other is not self and other.sound is not None:
                        self.sound.startTransmit(other.sound)
                        other.sound.startTransmit(self.sound)

    def as_plain(self) -> dict[str, Any]:
        """Return the caller as values: its suite as negotiated (None: none is active), packets counted, how loud the others are to it."""
        about, dumped = self.getInfo(), self.dump(True, "")
        suite = _SUITE.search(dumped)
        counted = self.getStreamStat(0) if self.sound is not None else None
        return {"id": about.id, "call": about.callIdString, "remote": about.remoteUri, "state": about.stateText,
                "suite": suite[1] if suite else None, "media": _ABOUT_MEDIA.findall(dumped),
                "received": counted.rtcp.rxStat.pkt if counted else 0, "sent": counted.rtcp.txStat.pkt if counted else 0,
                "loudness_heard": self.sound.getTxLevel() if self.sound is not None else 0}



class Account(pj.Account):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.callers: dict[int, CallIn] = {}
        self.is_locked = False
        self.about: dict[str, Any] = {}  # What it says of itself.
        self.started_at = time.monotonic()

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        call = CallIn(self, prm.callId, self.callers)
        self.callers[prm.callId] = call
        answer = pj.CallOpParam()
        answer.statusCode = LOCKED_OUT if self.is_locked else 200
        call.answer(answer)


def answer(account: Account, question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one question; raise KeyError for one nobody knows."""
    if question.get("address") not in (None, account.address):
        return {"error": f"no conference at {question['address']!r}"}
    match question["do"]:
        case "identify":
            return {**account.about, "uptime_s": int(time.monotonic() - account.started_at)}
        case "list":
            return {"callers": [call.as_plain() for _, call in sorted(account.callers.items())]}
        case "conference":
            return {"address": account.address, "locked": account.is_locked, "callers": [
                caller for caller in (call.as_plain() for _, call in sorted(account.callers.items())) if caller["state"] != "DISCONNECTED"]}
        case "drop" if "call" in question:
            for call in list(account.callers.values()):
                if call.getInfo().callIdString == question["call"]:
                    call.hangup(pj.CallOpParam(True))
                    return {"dropped": question["call"]}
            return {"error": "no such call"}
        case "drop":
            account.callers[question["id"]].hangup(pj.CallOpParam(True))
            return {"dropped": question["id"]}
        case "lock":
            account.is_locked = question["locked"] is True
            return {"locked": account.is_locked}
    raise KeyError(question["do"])


def safely_answered(account: Account, question: Any) -> dict[str, Any]:
    try:
        return answer(account, question)
    except (KeyError, TypeError, AttributeError, ValueError, pj.Error) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def number_of_its_own(folder: Path) -> str:
    """Return what tells this bridge from all others, made at its first start."""
    kept = folder / "instance"
    if not kept.exists():
        kept.write_text(str(uuid.uuid4()))
    return kept.read_text()


def main(address: str, port: int, mode: str, folder: Path | None = None) -> None:
    endpoint, settings = pj.Endpoint(), pj.EpConfig()
    endpoint.libCreate()
    settings.logConfig.level = settings.logConfig.consoleLevel = 0
    settings.uaConfig.maxCalls, settings.uaConfig.threadCnt, settings.uaConfig.mainThreadOnly = 64, 0, True
    settings.medConfig.noVad = True
    endpoint.libInit(settings)
    way = pj.TransportConfig()
    way.port, way.boundAddress, way.publicAddress = port, address, address
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, way)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    about = pj.AccountConfig()
    about.idUri = f"sip:bridge@{address}:{port}"
    about.mediaConfig.srtpUse, about.mediaConfig.srtpSecureSignaling = USES_SRTP[mode], 0
    about.mediaConfig.transportConfig.boundAddress, about.mediaConfig.transportConfig.port = address, RTP_FROM
    account = Account(f"bridge@{address}" + ("" if port == 5060 else f":{port}"))
    account.create(about)
    asked: queue.Queue[Question | None] = queue.Queue()
    if folder is not None:
        account.about = {"product": "PJSIP conference bridge", "version": endpoint.libVersion().full, "instance": number_of_its_own(folder)}
        open_door(folder, asked)
    emit(event="ready", version=endpoint.libVersion().full)

    def listen() -> None:
        for line in sys.stdin:
            try:
                question = json.loads(line)
            except ValueError as error:
                emit(answer={"error": str(error)})
                continue
            asked.put(None if question == {"do": "quit"} else (question, lambda answer: emit(answer=answer)))
        asked.put(None)  # Whoever started the bridge is gone.

    threading.Thread(target=listen, daemon=True).start()
    while True:
        endpoint.libHandleEvents(HANDLING_MS)
        try:
            question = asked.get_nowait()
        except queue.Empty:
            continue
        if question is None:
            break
        question[1](safely_answered(account, question[0]))
    endpoint.hangupAllCalls()
    for _ in range(20):
        endpoint.libHandleEvents(HANDLING_MS)
    os._exit(0)  # libDestroy aborts while Python still holds Call objects.


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]) if len(sys.argv) > 4 else None)
