"""The simulated room PC prints what the real one was recorded to print."""

import json
from pathlib import Path

import pytest

from device_drivers.baresip import media, protocol
from device_drivers.simulators import baresip_texts as texts
from device_drivers.simulators.__main__ import build
from device_drivers.simulators.baresip import SimulatedBaresip
from device_drivers.simulators.network import Network

RECORDED = json.loads((Path(__file__).parents[1] / "baresip" / "recorded.json").read_text())
ACCOUNT = "<sip:room1@10.0.0.1:15060>;regint=0;answermode=auto;mediaenc=srtp-mand"


def test_lists_are_laid_out_to_the_letter():
    assert texts.listcalls([]) == RECORDED["idle"]["listcalls"]
    assert texts.listcalls([(1, True, "ESTABLISHED", "sip:room2@10.0.0.2:15060", 2.9)]) == RECORDED["encrypted, caller"]["listcalls"]
    assert texts.listcalls([(1, True, "RINGING", "sip:room2@10.0.0.2:15060", 0.0)]) == RECORDED["ringing"]["listcalls"]
    assert texts.reginfo([ACCOUNT]) == RECORDED["idle"]["reginfo"]
    assert texts.reginfo([]) == RECORDED["no account"]["reginfo"]


@pytest.mark.parametrize(("made", "real"), [
    (texts.sysinfo(2), RECORDED["idle"]["sysinfo"]), (texts.modules(has_srtp=True), RECORDED["idle"]["modules"]),
    (texts.uastat(ACCOUNT), RECORDED["idle"]["uastat"]), (texts.sipstat("room1@10.0.0.1"), RECORDED["idle"]["sipstat"]),
    (texts.stream("audio", "srtp-mand", secure=True, sent=103, received=103, has_peer=True), RECORDED["encrypted, caller"]["audio_debug"]),
    (texts.callstat(state="ESTABLISHED", own="room1@10.0.0.1:15060", peer="sip:room2@10.0.0.2:15060", call_id="1", outgoing=True,
                    media=[("audio", True, True, texts.SUITE), ("video", True, True, texts.SUITE)]), RECORDED["encrypted, caller"]["callstat"])])
def test_every_kind_of_line_is_one_that_was_recorded(made, real):
    """What stands before the first colon or equals sign is the kind of a line."""
    def kinds(text: str) -> set[str]:
        return {line.replace("=", ":").partition(":")[0].strip() for line in text.splitlines() if ":" in line or "=" in line}

    assert kinds(made) - kinds(real) <= {"10.0.0.1", "member 0xb08e9a07"}  # An address and a number instead of other ones.


@pytest.mark.parametrize(("secure", "name"), [(True, "encrypted, caller"), (False, "downgraded, caller")])
def test_a_simulated_call_reads_like_the_recorded_one(secure, name):
    menc = "srtp-mand" if secure else "srtp"
    printed = {"callstat": texts.callstat(state="ESTABLISHED", own="a@b", peer="sip:c@d", call_id="1", outgoing=True,
                                          media=[(one, True, secure, texts.SUITE) for one in ("audio", "video")]),
               **{command: texts.stream(one, menc, secure=secure, sent=9, received=9, has_peer=True) for one, command in media.DEBUG.items()}}
    call = {command: text for command, text in RECORDED[name].items() if command != "events"}

    made = media.encryption({**printed, media.AFTER: printed["callstat"]}, "1", {})
    real = media.encryption({**call, media.AFTER: call["callstat"]}, protocol.call_id_in(call["callstat"]) or "", {})

    assert (made.grade, made.encrypted, made.suite, made.streams) == (real.grade, real.encrypted, real.suite, real.streams)


def test_a_room_pc_can_be_described_in_a_file(tmp_path):
    wanted = {"kind": "baresip", "name": "xa", "address": "xa@vc.example", "password": "p", "bad": {"has_no_srtp": True}, "timing": {"ring_s": 1}}

    built = build(wanted, Network(), tmp_path)

    assert isinstance(built, SimulatedBaresip)
    assert (built.address, built.bad.has_no_srtp, built.timing.ring_s) == ("xa@vc.example", True, 1)
