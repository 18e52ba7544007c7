"""A real conference bridge: `python -m device_drivers.lab.bridge ADDRESS PORT mandatory|optional|disabled`.

It answers whoever calls and mixes everybody's sound; needs the package pjsua2-python.  One JSON object a line: questions on the
standard input ({"do": "list"}, {"do": "drop", "id": 3}, {"do": "quit"}), answers and events on the standard output.
"""

import json
import os
import queue
import re
import sys
import threading
from typing import Any

import pjsua2 as pj

USES_SRTP = {"mandatory": pj.PJMEDIA_SRTP_MANDATORY, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "disabled": pj.PJMEDIA_SRTP_DISABLED}
RTP_FROM = 30_000
HANDLING_MS = 20
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
        about, suite = self.getInfo(), _SUITE.search(self.dump(True, ""))
        counted = self.getStreamStat(0) if self.sound is not None else None
        return {"id": about.id, "remote": about.remoteUri, "state": about.stateText, "suite": suite[1] if suite else None,
                "received": counted.rtcp.rxStat.pkt if counted else 0, "sent": counted.rtcp.txStat.pkt if counted else 0,
                "loudness_heard": self.sound.getTxLevel() if self.sound is not None else 0}


class Account(pj.Account):
    def __init__(self) -> None:
        super().__init__()
        self.callers: dict[int, CallIn] = {}

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        call = CallIn(self, prm.callId, self.callers)
        self.callers[prm.callId] = call
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)


def answer(account: Account, question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one question; raise KeyError for one nobody knows."""
    match question["do"]:
        case "list":
            return {"callers": [call.as_plain() for _, call in sorted(account.callers.items())]}
        case "drop":
            account.callers[question["id"]].hangup(pj.CallOpParam(True))
            return {"dropped": question["id"]}
    raise KeyError(question["do"])


def main(address: str, port: int, mode: str) -> None:
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
    account = Account()
    account.create(about)
    emit(event="ready", version=endpoint.libVersion().full)
    asked: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            asked.put(line)
        asked.put(None)  # Whoever started the bridge is gone.

    threading.Thread(target=listen, daemon=True).start()
    while True:
        endpoint.libHandleEvents(HANDLING_MS)
        try:
            line = asked.get_nowait()
        except queue.Empty:
            continue
        if line is None or json.loads(line)["do"] == "quit":
            break
        try:
            emit(answer=answer(account, json.loads(line)))
        except (KeyError, ValueError, pj.Error) as error:
            emit(answer={"error": str(error)})
    endpoint.hangupAllCalls()
    for _ in range(20):
        endpoint.libHandleEvents(HANDLING_MS)
    os._exit(0)  # libDestroy aborts while Python still holds Call objects.


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
