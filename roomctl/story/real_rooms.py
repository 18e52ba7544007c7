"""Three real rooms and a real bridge on this machine: real SIP, SRTP and SSH, nothing simulated, and a proof that says so."""

import contextlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from device_drivers.baresip.driver import Baresip
from device_drivers.errors import CommandRefused
from device_drivers.lab.lab import SSH_PORT, Lab, Room, free_network, missing_packages
from device_drivers.pjsip_bridge.driver import PjsipBridge
from device_drivers.readings import EncryptionSetting, Tri
from device_drivers.registry import connect
from roomctl.story import conference, installation, processes, proof
from roomctl.story.browser import Answer, Browser
from roomctl.story.installation import Installed
from roomctl.story.telling import StoryFailure, Telling, eventually

ROOMS = 3
TITLE, PROFILE = "Họp nội bộ ba phòng", "Họp nội bộ"
LIVE_WITHIN_S, ENDED_WITHIN_S = 45.0, 45.0
ENCRYPTS = "AES_CM_128_HMAC_SHA1_80"  # The suite that SDES must offer (RFC 4568, 6.2.1); baresip and PJSIP agree on it.


def what_is_missing() -> str:
    """Return in one line what has to be installed first; empty when nothing has."""
    said = f"apt-get install --no-install-recommends {' '.join(packages)}" if (packages := missing_packages()) else ""
    python = "pip install pjsua2-python" if importlib.util.find_spec("pjsua2") is None else ""
    return "; ".join(filter(None, (said, python)))


def live_through(telling: Telling, home: Path) -> proof.Proof:
    """Live it through in a fresh installation under `home`, and return the evidence, which verify.py has accepted."""
    lab, installed_in = Lab(home / "lab", ROOMS, network=free_network()), home / "lab-installation"
    installed_in.mkdir(mode=0o700)
    try:
        with telling.step("Ba phòng thật và cầu truyền hình thật chạy", "three real rooms and a real bridge run") as step:
            lab.up()
            assert lab.bridge is not None
            with contextlib.closing(_bridge(lab)) as bridge:
                about = bridge.identify()
            step.came_of_it = f"baresip, SRTP, OpenSSH; {about.model} {about.firmware}"
        _try_in_the_clear(telling, lab)
        with telling.step("Cài đặt mới, khóa máy chủ được duyệt", "a fresh installation, host keys approved") as step:
            installed = installation.install(installed_in, lab)
            step.came_of_it = f"{installed.keys_pinned} SSH keys"
        kept = _confer(telling, home, installed_in, installed, lab)
        _settings_given_back(telling, lab)
    finally:
        with processes.undisturbed():
            lab.down()
    return kept


def _bridge(lab: Lab) -> PjsipBridge:
    """Return a way to the bridge beside roomctl's own."""
    assert lab.bridge is not None
    return connect("pjsip_bridge", lab.bridge.address, SSH_PORT, lab.bridge.login, pinned=lab.bridge.fingerprint)


def _codec(room: Room) -> Baresip:
    return connect("baresip", room.pc.address, SSH_PORT, room.login, pinned=room.fingerprint)


def _try_in_the_clear(telling: Telling, lab: Lab) -> None:
    """Let the last room call without encryption, as a bad installation would; it stays set so until roomctl demands otherwise."""
    assert lab.bridge is not None
    with telling.step("Phòng 3 bị đặt không mã hóa, gọi cầu: bị từ chối", "room 3, set not to encrypt, calls the bridge: refused") as step:
        with contextlib.closing(_codec(lab.rooms[-1])) as codec:
            codec.set_encryption(EncryptionSetting.OFF)
            try:
                codec.dial(lab.bridge.sip_address)
            except CommandRefused as refused:
                step.came_of_it = refused.reason
            else:
                raise StoryFailure("a call without encryption was let in")
        if lab.bridge.callers():
            raise StoryFailure(f"somebody is on the bridge: {lab.bridge.callers()}")


def _confer(telling: Telling, home: Path, installed_in: Path, installed: Installed, lab: Lab) -> proof.Proof:
    port = processes.free_port()
    address, env = f"http://127.0.0.1:{port}", processes.environment(installed_in)
    worker = (sys.executable, "-m", "roomctl.cli", "worker")
    web = (sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8", "--worker-class",
           "gthread", "--no-control-socket", "--log-level", "warning")
    with (processes.running(*worker, log=home / "lab-worker.log", env=env) as working,
          processes.running(*web, log=home / "lab-web.log", env=env) as serving):
        with telling.step("Web và tiến trình điều khiển chạy", "web and worker run") as step:
            processes.until_well(address, [working, serving])
            step.came_of_it = address
        booked, chair = _book(telling, address, installed), Browser(address)
        screen = _begin(telling, chair, booked, installed)
        _ask_the_bridge(telling, lab)
        _end(telling, chair, screen)
        with telling.step("Cán bộ an ninh tải bằng chứng", "the security officer takes the evidence") as step:
            officer = Browser(address)
            officer.sign_in("anninh", installed.password)
            kept = proof.keep("lab", conference.evidence_of_latest(officer), anchor=installed.anchor, key=installed.key)
            step.came_of_it = str(kept.evidence)
    with telling.step("Bằng chứng nói gì về từng điểm cầu, ở cả hai đầu", "what the evidence says of each site, at both its ends") as step:
        said = both_ends(kept, installed)
        step.came_of_it = f"{len(said)}/{ROOMS}"
    for line in said:
        telling.say(f"       {line}")
    with telling.step("verify.py trong tệp bằng chứng kiểm tra", "the evidence's own verify.py checks it") as step:
        proof.verify(kept)
        step.came_of_it = "verify.py: 0"
    return kept


def _book(telling: Telling, address: str, installed: Installed) -> str:
    """Book the three rooms and return the conference's page."""
    with telling.step("Văn thư đăng ký ba phòng, hồ sơ Họp nội bộ", "the clerk books three rooms, profile Internal") as step:
        clerk = Browser(address)
        clerk.sign_in("vanthu", installed.password)
        opened, facts = conference.begin_booking(clerk, title=TITLE, chair=installation.CHAIR, profile=PROFILE)
        form = clerk.form(conference.BOOK, opened).fill(**facts)
        boxes = conference.room_boxes(opened.page)
        for name in installed.rooms.values():
            form.tick("rooms", next(value for words, (value, _) in boxes.items() if words.startswith(name)))
        shown = clerk.send(form, opened)
        states = conference.rooms_asked_for(shown.page)
        step.came_of_it = f"{states.count('granted')} granted"
        if states != ["granted"] * ROOMS:
            raise StoryFailure(f"three rooms of one's own are granted at once: {states}")
    return shown.url


def _begin(telling: Telling, chair: Browser, booked: str, installed: Installed) -> Answer:
    """Start the session and return the chair's screen once it is live."""
    with telling.step("Chủ trì bắt đầu từ trình duyệt", "the chair starts from a browser"):
        chair.sign_in("chutri", installed.password)
        begun = chair.press(conference.START, chair.follow("Chủ trì từ máy này", chair.get(booked)))
        if conference.is_secure(begun.page):
            raise StoryFailure("a session that has just begun is called secure")
    with telling.step("Gọi, đọc lại từng điểm cầu ở cả hai đầu, vào họp", "called, read back at both ends, live") as step:
        last = [begun]

        def live() -> Answer | None:
            last[:] = [chair.get(begun.url)]
            return last[0] if conference.is_secure(last[0].page) else None

        screen = eventually(live, within_s=LIVE_WITHIN_S, what=f"{ROOMS} encrypted sites", so_far=lambda: conference.states_said(last[0].page))
        states = [leg["data-state"] for leg in conference.legs(screen.page).values()]
        if states != ["proven"] * ROOMS:
            raise StoryFailure(f"{ROOMS} sites are to be proven: {conference.states_said(screen.page)}")
        step.came_of_it = conference.encryption_said(screen.page)
    return screen


def _ask_the_bridge(telling: Telling, lab: Lab) -> None:
    """Ask the bridge itself, beside roomctl, who is in the conference, while it is live."""
    assert lab.bridge is not None
    with telling.step("Hỏi thẳng cầu truyền hình trong lúc họp", "the bridge itself is asked meanwhile") as step:
        with contextlib.closing(_bridge(lab)) as bridge:
            callers = bridge.conference(lab.bridge.sip_address).participants
        step.came_of_it = ", ".join(f"{one.remote} {one.suite}" for one in callers)
        wanted = {(room.pc.sip_address, Tri.YES, ENCRYPTS) for room in lab.rooms}
        if {(one.remote, one.encrypted, one.suite) for one in callers} != wanted or len(callers) != ROOMS:
            raise StoryFailure(f"the bridge sees others, or not as encrypted: {callers}")


def _end(telling: Telling, chair: Browser, screen: Answer) -> None:
    with telling.step("Chủ trì kết thúc phiên họp", "the chair ends the session"):
        last = [chair.press(conference.END, screen)]

        def ended() -> bool:
            last[:] = [chair.get(screen.url)]
            return any(one.text == "Đã kết thúc" for one in last[0].page.all("h2"))

        eventually(ended, within_s=ENDED_WITHIN_S, what="Đã kết thúc", so_far=lambda: conference.states_said(last[0].page))


def both_ends(kept: proof.Proof, installed: Installed) -> list[str]:
    """Return one line for each site: its suite, and the bridge's for the same call, both read before the session was live.

    Raises StoryFailure when one of the two was not read back encrypted until then, or anything was simulated.
    """
    session = json.loads(kept.bundle["session"])
    if session["live_at"] is None or session["verdict"] != "secure" or session["simulated"] is not False:
        raise StoryFailure(f"the session was {session['verdict']}, live at {session['live_at']}, simulated: {session['simulated']}")
    before = [check for check in kept.checks if check["what"] == "check" and check["at"] <= session["live_at"]]
    lines = []
    for address, name in installed.rooms.items():
        found = [said for check in before if (said := _ends(check, address)) is not None]
        if not found:
            raise StoryFailure(f"{name} was live and not read back as encrypted at both its ends before")
        lines.append(f"{name} ({address}): {found[-1]}")
    return lines


def _ends(check: dict[str, Any], address: str) -> str | None:
    """Return what a check says of a site's call at both ends, if it is this site's and proves it."""
    observed = check["observed"]
    codec, bridge = observed["codec"], (observed["bridge"] or {"participants": []})["participants"]
    if check["verdict"] != "secure" or observed["simulated"] or [one["remote"] for one in bridge] != [address]:
        return None
    if codec["encrypted"] != "yes" or codec["suite"] != ENCRYPTS or bridge[0]["encrypted"] != "yes" or bridge[0]["suite"] != ENCRYPTS:
        return None
    same = "cùng Call-ID / same Call-ID" if bridge[0]["id"] == observed["call"] else f"{observed['call']}, {bridge[0]['id']}"
    return (f"phòng / room {codec['suite']} (grade {codec['grade']}, {len(codec['streams'])} streams); "
            f"cầu / bridge {bridge[0]['suite']}; {same}; SSH {observed['reached_by']['host_key']}")


def _settings_given_back(telling: Telling, lab: Lab) -> None:
    with telling.step("Phòng 3 được trả lại cài đặt trước đó", "room 3 is given its former setting back") as step:
        with contextlib.closing(_codec(lab.rooms[-1])) as codec:
            setting, calls = codec.encryption_setting(), codec.calls()
        step.came_of_it = setting.value
        if setting is not EncryptionSetting.OFF or calls:
            raise StoryFailure(f"it was Off before, and is {setting}; calls: {calls}")
