"""What baresip 1.0.0 of Debian 12 prints, with holes: every layout was recorded from the real one."""

import json
import re

SUITE = "AES_CM_128_HMAC_SHA1_80"


def parameter(line: str, name: str) -> str | None:
    """Return a parameter of an account's line."""
    found = re.search(rf";{name}=([^;]*)", line)
    return found[1] if found else None


def aor(line: str) -> str:
    """Return the address of an account's line."""
    return re.search(r"<([^;>]+)", line)[1]  # type: ignore[index] - accounts are checked when they are made


def sysinfo(uptime_s: int) -> str:
    days, hours, minutes, seconds = uptime_s // 86_400, uptime_s // 3600 % 24, uptime_s // 60 % 60, uptime_s % 60
    parts = [(days, "day"), (hours, "hour"), (minutes, "min"), (seconds, "sec")]
    spelt = "".join(f"{number} {word}{'' if number == 1 else 's'} " for number, word in parts if number)
    return ("\n--- System info: ---\n Machine:  x86_64/linux (simulated)\n Version:  1.0.0 (libre v1.1.0)\n Build:    64-bit little endian\n"
            f" Kernel:   simulated\n Uptime:   {spelt}\n Started:  Sat Nov 28 15:57:16 2026\n\n")


def modules(*, has_srtp: bool) -> str:
    wanted = [("g711", "audio codec"), ("vp8", "codec"), *([("srtp", "menc")] if has_srtp else []), ("uuid", ""), ("menu", "application"),
              ("debug_cmd", "application"), ("ctrl_tcp", "application")]
    lines = "".join(f" {name:>16} type={kind:<12} ref=1\n" for name, kind in wanted)
    return f"\n--- Modules ({len(wanted)}) ---\n{lines}\n\n"


def apistate(line: str, *, failed: bool) -> str:
    wanted = 3600 if failed else int(parameter(line, "regint") or 0)
    registration: dict[str, object] = {"interval": wanted, "q_value": 0.0}
    if wanted:
        registration = {"id": 0, "state": not failed, "code": 403 if failed else 200, "ipv": "v4", **registration}
    return json.dumps({aor(line): {"cuser": "room-0x5605", "selected_ua": True, "aor": aor(line), "registration": registration}}) + "\n"


def reginfo(lines: list[str]) -> str:
    shown = "".join(f"{' ' if number else '>'} {aor(line)}{' ' * 16}\n" for number, line in enumerate(lines))
    return f"\n--- User Agents ({len(lines)}) ---\n{shown}\n"


def uastat(line: str) -> str:
    return (f"--- {aor(line)} ---\n nrefs:     1\n cuser:     room-0x5605\n af_media:  AF_UNSPEC\n\nAccount:\n address:      {line}\n"
            f" luri:         {aor(line)}\n aor:          {aor(line)}\n answermode:   {parameter(line, 'answermode') or 'manual'}\n auth_user:    \n"
            f" mediaenc:     {parameter(line, 'mediaenc') or 'none'}\n regint:       {parameter(line, 'regint') or 0}\n extra:        none\n\n")


def sipstat(address: str) -> str:
    host = address.partition("@")[2]
    return f"transports:\n  {host}:5060 (UDP)\n  {host}:5060 (TCP)\n  {host}:5061 (TLS)\nconnections:\nclient transactions:\nserver transactions:\n\n"


def listcalls(calls: list[tuple[int, bool, str, str, float]]) -> str:
    """`calls`: line, whether it is the current one, state, peer, age in seconds."""
    shown = "".join(f"{'>' if current else ' '} [line {line}]  0:00:{int(age_s) % 60:02}  {state:>9}             {peer}\n"
                    for line, current, state, peer, age_s in calls)
    return f"\n--- Active calls ({len(calls)}) ---\n{shown}\n"


def callstat(*, state: str, own: str, peer: str, call_id: str, outgoing: bool, media: list[tuple[str, bool, bool, str]]) -> str:
    """`media`: name, whether this end offers a key, whether the other end does, and the other end's suite."""
    def crypto(suite: str) -> str:
        return f"    crypto='1 {suite} inline:0ZMjovw8nv3ZVC4WKMM6mjHvB5XwExvdLw58VL19\n"

    shown = "".join(f"{name} RTP/{'SAVP' if theirs else 'AVP'}\n  local formats:\n      0 PCMU/8000/1 () *\n  remote formats:\n  local attributes:\n"
                    f"    label='1'\n{crypto(SUITE) if ours else ''}  remote attributes:\n{crypto(suite) if theirs else ''}"
                    for name, ours, theirs, suite in media)
    return (f"\n===== Call debug ({state}) =====\n local_uri:  <sip:{own}>\n peer_uri:   <{peer}>\n af=AF_INET id={call_id}\n"
            f" direction: {'Outgoing' if outgoing else 'Incoming'}\nSDP session\n  local attributes:\n    tool='baresip 1.0.0'\n"
            f"  remote attributes:\nsession media:\n{shown}local media:\n\n\n")


def stream(media: str, menc: str, *, secure: bool, sent: int, received: int, has_peer: bool) -> str:
    peer = "10.0.0.2:20034/10.0.0.2:20035" if has_peer else "?/?"
    member = f"  member 0xb08e9a07: lost=0 Jitter=0.0ms RTT=0.0ms\n                 IP=10.0.0.2:20034 psent=0 rcvd={received}\n" if received else ""
    return (f"\n--- {media.capitalize()} stream ---\n {media} dir=sendrecv pt_enc={0 if has_peer else -1}\n local: 0.0.0.0:20074, remote: {peer}\n"
            f" mnat: (none) (connected=no)\n menc: {menc} (secure={'yes' if secure else 'no'})\nRTP debug:\n Encode: seq=5515 ssrc=0x46789556\n"
            f"----- RTCP Session: -----\n  cname= SSRC=0x46789556/1182307670 rx=8000Hz\n{member}  TX: packets={sent}, octets={sent * 160}\n"
            "--- jitter buffer debug---\n running=1 min=5 cur=5 max=10 [frames]\n\n")
