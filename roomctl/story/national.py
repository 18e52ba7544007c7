"""The centre and 34 provinces in the demo: three sites are bad, they are named and left out, the others are proven, and so is the proof."""

import json
import re
import sys
from pathlib import Path

from roomctl.story import conference, processes, proof
from roomctl.story.browser import Answer, Browser
from roomctl.story.telling import StoryFailure, Telling, eventually

HALL, CHAIR, TITLE = "Phòng họp trực tuyến Trung ương", "Nguyễn Văn Minh", "Giao ban công tác tuần"
APPROVERS = ("duyet.daklak", "duyet.laocai", "duyet.camau")
LIAR = "Phòng họp Cà Mau"  # Its configuration says encryption, its call is in the clear.
SITES, BAD = 35, 3
GOOD = SITES - BAD
ALL_CHECKED_WITHIN_S, ENDED_WITHIN_S = 90.0, 60.0
WITHOUT = f"Họp tiếp không có {BAD} điểm cầu này"


def live_through(telling: Telling, home: Path) -> proof.Proof:
    """Live it through in a fresh installation under `home`, and return the evidence, which verify.py has accepted."""
    demo_home, log, port = home / "national", home / "national-demo.log", processes.free_port()
    demo_home.mkdir(mode=0o700)
    address = f"http://127.0.0.1:{port}"
    env = processes.environment(demo_home, HOST="127.0.0.1", PORT=str(port), PYTHONUNBUFFERED="1")
    with processes.running(sys.executable, "-m", "roomctl.demo", log=log, env=env) as demo:
        with telling.step("Bản trình diễn chạy trong thư mục mới", "the demo runs, in a fresh folder") as step:
            processes.until_well(address, [demo])
            code, key = (eventually(lambda sought=sought: re.search(sought, log.read_text()), within_s=20, what=sought)[1]
                         for sought in (r"mã ghép (\w{4}-\w{4})", r"--key ([0-9a-f]{64})"))
            password = json.loads((demo_home / "demo.json").read_text())["password"]
            step.came_of_it = address
        pin, booked = _book(telling, address, password)
        _grant(telling, address, password)
        panel = _start(telling, address, code, pin, booked)
        _go_on(telling, panel)
        with telling.step("Kết thúc phiên họp trên bảng", "the session is ended at the panel") as step:
            panel.press(conference.END, panel.get("/panel"))
            step.came_of_it = _until(panel, "TRỐNG", within_s=ENDED_WITHIN_S)
        with telling.step("Cán bộ an ninh tải bằng chứng", "the security officer takes the evidence") as step:
            officer = Browser(address)
            officer.sign_in("anninh", password)
            kept = proof.keep("national", conference.evidence_of_latest(officer), anchor=demo_home / "anchor" / "checkpoints.jsonl", key=key)
            step.came_of_it = str(kept.evidence)
        with telling.step("verify.py trong tệp bằng chứng kiểm tra", "the evidence's own verify.py checks it") as step:
            said = proof.verify(kept)
            if f"{LIAR}: left_out, verdict not_secure" not in said:
                raise StoryFailure(f"verify.py does not name {LIAR} as not secure: {said[-400:]}")
            step.came_of_it = "verify.py: 0"
    return kept


def _book(telling: Telling, address: str, password: str) -> tuple[str, str]:
    """Return the PIN, and the conference's page."""
    with telling.step("Văn thư đăng ký phòng Trung ương và 34 tỉnh, thành phố", "the clerk books the centre and 34 provinces") as step:
        clerk = Browser(address)
        clerk.sign_in("vanthu", password)
        opened, facts = conference.begin_booking(clerk, title=TITLE, chair=CHAIR)
        chosen = clerk.press("34 tỉnh, thành phố", opened, **facts)
        form = clerk.form(conference.BOOK, chosen)
        hall = next(value for words, (value, _) in conference.room_boxes(chosen.page).items() if words.startswith(HALL))
        shown = clerk.send(form.tick("rooms", hall).put("host_room", hall), chosen)
        rooms = conference.rooms_asked_for(shown.page)
        step.came_of_it = f"{rooms.count('granted')} granted, {rooms.count('requested')} requested"
        if len(rooms) != SITES or rooms.count("requested") != len(APPROVERS):
            raise StoryFailure(f"{SITES} rooms were asked for, and {len(APPROVERS)} wait for an approver: {step.came_of_it}")
    with telling.step("Văn thư tạo mã PIN", "the clerk makes the PIN"):
        with_pin = clerk.press("Tạo mã PIN cho bảng phòng", shown)
        pin = "".join(one.text.replace(" ", "") for one in with_pin.page.all("p", kind="pin"))
        if not re.fullmatch(r"\d{6}", pin):
            raise StoryFailure(f"no PIN of six digits is shown: {with_pin.url}")
    return pin, shown.url


def _grant(telling: Telling, address: str, password: str) -> None:
    with telling.step("Ba người duyệt, mỗi người duyệt phòng của mình", "three approvers grant their rooms") as step:
        for username in APPROVERS:
            approver = Browser(address)
            approver.sign_in(username, password)
            approver.press("Duyệt", approver.get("/staff/approvals"))
        step.came_of_it = ", ".join(APPROVERS)


def _start(telling: Telling, address: str, code: str, pin: str, booked: str) -> Browser:
    with telling.step("Ghép bảng của phòng Trung ương", "the centre's panel is paired"):
        panel = Browser(address)
        screen = panel.press("Ghép bảng này", panel.get("/panel"), code=code)
    with telling.step("Gõ sai PIN thì không vào được; gõ đúng thì bắt đầu", "a wrong PIN is refused, the right one starts") as step:
        asked = panel.follow(conference.START, screen)
        wrong = f"{(int(pin) + 1) % 1_000_000:06}"
        try:
            panel.press(conference.START, asked, pin=wrong)
        except StoryFailure as refused:
            step.came_of_it = str(refused).partition(": ")[2].partition(".")[0]
        else:
            raise StoryFailure(f"a wrong PIN was taken for {booked}")
        begun = panel.press(conference.START, asked, pin=pin)
        if conference.is_secure(begun.page):
            raise StoryFailure("a session that has just begun is called secure")
    return panel


def _go_on(telling: Telling, panel: Browser) -> None:
    with telling.step("Gọi và kiểm tra 35 điểm cầu; điểm cầu nói dối bị nêu tên", "35 sites are called and checked; the liars are named") as step:
        last: list[Answer] = []

        def decision() -> Answer | None:
            last[:] = [panel.get("/panel")]
            if conference.is_secure(last[0].page):
                raise StoryFailure(f"all sites are called encrypted, and {BAD} are not")
            return last[0] if last[0].page.form(WITHOUT) else None

        asked = eventually(decision, within_s=ALL_CHECKED_WITHIN_S, what=f"the button {WITHOUT!r}",
                           so_far=lambda: conference.states_said(last[0].page))
        named = {room: conference.finding_of(leg) for room, leg in conference.legs(asked.page).items() if leg["data-state"] == "hung_up"}
        if LIAR not in named or len(named) != BAD:
            raise StoryFailure(f"{BAD} sites are bad, {LIAR} among them: {conference.states_said(asked.page)}")
        step.came_of_it = "; ".join(f"{room}: {finding.partition('.')[0]}" for room, finding in sorted(named.items()))
    with telling.step("Người chủ trì họp tiếp không có ba điểm cầu này", "the chair goes on without the three") as step:
        panel.press(WITHOUT, asked)
        step.came_of_it = _until(panel, "ĐANG HỌP", within_s=ALL_CHECKED_WITHIN_S)
        live = panel.get("/panel")
        proven = [room for room, leg in conference.legs(live.page).items() if leg["data-state"] == "proven"]
        if not conference.is_secure(live.page) or len(proven) != GOOD:
            raise StoryFailure(f"{GOOD} sites are to be proven: {conference.encryption_said(live.page)}")
        step.came_of_it += f", {len(proven)}/{GOOD}: {conference.encryption_said(live.page)}"


def _until(panel: Browser, badge: str, *, within_s: float) -> str:
    """Wait until the panel's badge begins so, and return what it says."""
    last: list[Answer] = []

    def look() -> str | None:
        last[:] = [panel.get("/panel")]
        said = next((one.text for one in last[0].page.all("p", kind="badge")), "")
        return said if said.startswith(badge) else None

    return eventually(look, within_s=within_s, what=badge, so_far=lambda: conference.states_said(last[0].page))
