"""A lab leaves nothing behind, whatever ends it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import device_drivers
from device_drivers.lab.children import Child, Children, clear_away, is_running, started_at
from device_drivers.lab.lab import free_network

ROOT = Path(device_drivers.__file__).parents[1]
SLEEPS = ["sleep", "600"]


def alive(folder: Path) -> list[int]:
    """Return the processes that the files in a folder name and that run."""
    return [pid for file in folder.glob("*.pid") if (pid := is_running(file)) is not None]


def test_what_was_started_runs_until_it_is_stopped(tmp_path):
    children = Children(tmp_path / "running")
    children.start([Child("a.one", SLEEPS, tmp_path / "a"), Child("a.two", SLEEPS, tmp_path / "a")])
    pids = alive(tmp_path / "running")

    children.stop()

    assert len(pids) == 2
    assert [pid for pid in pids if started_at(pid)] == [] and list((tmp_path / "running").iterdir()) == []


def test_a_child_that_ignores_sigterm_is_stopped_too(tmp_path, eventually):
    stubborn = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"]
    children = Children(tmp_path / "running")
    children.start([Child("a.one", stubborn, tmp_path / "a")])
    eventually(lambda: (tmp_path / "a" / "one.log").read_text() == "up\n")
    pids = alive(tmp_path / "running")

    children.stop()

    assert pids and not any(started_at(pid) for pid in pids)


def test_a_child_that_should_comes_back_and_one_that_should_not_stays_away(tmp_path, eventually):
    children = Children(tmp_path / "running")
    children.start([Child("a.one", SLEEPS, tmp_path / "a", comes_back_after_s=0.0), Child("a.two", SLEEPS, tmp_path / "a")])
    first = alive(tmp_path / "running")
    try:
        children.kill("a.two")
        children.kill("a.one")

        eventually(lambda: children.running() == ["a.one"])
        assert len(first) == 2 and alive(tmp_path / "running")[0] not in first
    finally:
        children.stop()


def test_a_program_that_is_not_there_is_named_in_its_log_and_the_others_run(tmp_path, eventually):
    children = Children(tmp_path / "running")

    children.start([Child("a.one", SLEEPS, tmp_path / "a"), Child("a.two", ["/nonexistent/program"], tmp_path / "a")])
    try:
        eventually(lambda: children.running() == ["a.one"])
        assert "nonexistent" in (tmp_path / "a" / "two.log").read_text()
    finally:
        children.stop()


def test_an_id_that_was_given_anew_is_not_mistaken_for_the_old_process(tmp_path):
    (tmp_path / "a.pid").write_text(f"{os.getpid()} 1")
    (tmp_path / "b.pid").write_text("nonsense")
    (tmp_path / "c.pid").write_text("4194303 ")

    assert clear_away(tmp_path) == []
    assert started_at(os.getpid()) and list(tmp_path.iterdir()) == []


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "device_drivers.lab", *words], cwd=ROOT, env={**os.environ, "ROOMCTL_LAB": str(home)},
                          capture_output=True, text=True, timeout=60)


def start(home: Path) -> subprocess.Popen[str]:
    """Start a lab of one room and wait until it says how to reach it."""
    lab = subprocess.Popen([sys.executable, "-m", "device_drivers.lab", "up", "1", "--network", free_network()], cwd=ROOT,
                           env={**os.environ, "ROOMCTL_LAB": str(home)}, stdout=subprocess.PIPE, text=True)
    assert lab.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = lab.stdout.readline()
        assert line, said
        said += line
    assert re.search(r"room1: SSH 127\.\d+\.\d+\.1:2222 SHA256:\S+, dial room1@127\.\d+\.\d+\.1, SNMP", said)
    assert "PRIVATE KEY" not in said
    return lab


@pytest.mark.lab
def test_a_killed_lab_leaves_no_room_behind(installed, tmp_path, eventually):
    lab = start(tmp_path)
    rooms = alive(tmp_path / "running")
    assert len(rooms) == 5 and run("status", home=tmp_path).returncode == 0  # Softphone, SSH, SNMP, the bridge and its SSH.

    lab.kill()
    lab.wait()

    eventually(lambda: alive(tmp_path / "running") == [])
    assert run("status", home=tmp_path).returncode == 1
    assert "no lab runs here" in run("down", home=tmp_path).stdout


@pytest.mark.lab
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, "down"])
def test_a_lab_ends_whole_when_it_is_asked_to(installed, tmp_path, ending):
    lab = start(tmp_path)
    rooms = alive(tmp_path / "running")
    refused = run("up", "1", home=tmp_path)

    if ending == "down":
        assert "stopped" in run("down", home=tmp_path).stdout
    else:
        lab.send_signal(ending)

    assert lab.wait(20) == 0
    assert not any(started_at(pid) for pid in rooms)
    assert refused.returncode == 1 and "runs in" in refused.stderr
