"""The demo as a stranger starts it, and browsers to live its story in."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

PICTURES = Path(__file__).parents[2] / "test-results" / "screens"


@dataclass
class Demo:
    """A running demo: its address, its folder, what it printed."""

    address: str
    home: Path
    story: str
    process: subprocess.Popen

    @property
    def password(self) -> str:
        return json.loads((self.home / "demo.json").read_text())["password"]

    @property
    def pairing_code(self) -> str:
        return re.search(r"mã ghép (\w{4}-\w{4})", self.story)[1]

    @property
    def key(self) -> str:
        return re.search(r"--key ([0-9a-f]{64})", self.story)[1]

    @property
    def anchor(self) -> Path:
        return self.home / "anchor" / "checkpoints.jsonl"


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "ROOMCTL_HOME": str(home), "PORT": str(port)}
    environment.pop("ROOMCTL_DATABASE", None)
    process = subprocess.Popen([sys.executable, "-m", "roomctl.demo"], stdout=subprocess.PIPE, text=True, env=environment)
    overdue = threading.Timer(90, process.kill)
    overdue.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(" 10."):
            break
    overdue.cancel()
    if process.poll() is not None:
        pytest.fail("the demo did not start: " + "".join(path.read_text()[-2000:] for path in home.glob("*.log")))
    yield Demo(f"http://localhost:{port}", home, "".join(lines), process)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


@pytest.fixture(scope="session")
def browser(chromium):
    return chromium


class Person:
    """Somebody at a browser of their own; pages must be free of console errors."""

    def __init__(self, browser, demo: Demo, *, width: int = 1440, height: int = 900, **options) -> None:
        self.demo = demo
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US", **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self, username: str) -> "Person":
        self.page.goto(self.demo.address)
        self.page.get_by_label("Tên đăng nhập").fill(username)
        self.page.get_by_label("Mật khẩu").fill(self.demo.password)
        self.page.get_by_role("button", name="Đăng nhập").click()
        return self

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)


def paired_panel(person, demo: Demo, room: str) -> Person:
    """Return the panel of a room, paired with the code that an administrator makes."""
    administrator, panel = person("quantri"), person(width=1280, height=800)
    administrator.page.goto(f"{demo.address}/admin/panels?words={room}")
    administrator.page.get_by_role("row", name=room).first.get_by_role("button", name="Tạo mã ghép").click()
    panel.page.goto(f"{demo.address}/panel")
    panel.page.get_by_label("Mã ghép").fill(administrator.page.locator(".pairing-code").inner_text())
    panel.page.get_by_role("button", name="Ghép bảng này").click()
    return panel


@pytest.fixture
def person(browser, demo):
    everybody: list[Person] = []

    def arrive(username: str = "", **options) -> Person:
        someone = Person(browser, demo, **options)
        everybody.append(someone)
        return someone.sign_in(username) if username else someone

    arrive.panel_of = lambda room: paired_panel(arrive, demo, room)
    yield arrive
    complaints = [line for someone in everybody for line in someone.complaints]
    for someone in everybody:
        someone.context.close()
    # A 4xx that a test asks for is printed by Chromium as an error; anything else is one.
    assert [line for line in complaints if "the server responded with a status of 4" not in line] == []
