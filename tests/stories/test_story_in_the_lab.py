"""The story between real rooms, as `make story` tells it."""

import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from roomctl.story import real_rooms

pytestmark = [pytest.mark.lab, pytest.mark.slow]
ENDS_WITHIN_S = 240  # Some 15 s, unless everybody else is busy too.


@pytest.fixture
def told(tmp_path):
    """Start the lab's story, with everything that it makes under this test's own folder."""
    if missing := real_rooms.what_is_missing():
        pytest.skip(f"not installed: {missing}")
    here = {**os.environ, "TMPDIR": str(tmp_path), "ROOMCTL_STORY": str(tmp_path / "kept"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([sys.executable, "-m", "roomctl.story", "lab"], env=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    overdue = threading.Timer(ENDS_WITHIN_S, process.kill)
    overdue.start()
    yield process
    overdue.cancel()
    process.kill()
    process.communicate()


def left_running(folder: Path) -> list[str]:
    """Return the command lines of the processes that have to do with a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if int(process.name) != os.getpid() and str(folder).encode() in command + environment:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def test_three_real_rooms_meet_encrypted_at_both_ends_and_the_proof_of_it_is_accepted(told, tmp_path):
    said, complaints = told.communicate()

    assert told.returncode == 0, said + complaints
    sites = re.findall(r"^ +Phòng họp (\d) \(room\1@127[\d.]+\): phòng / room (\S+) \(grade A.*?cầu / bridge (\S+); .*same Call-ID", said,
                       re.MULTILINE)
    assert sites == [(number, real_rooms.ENCRYPTS, real_rooms.ENCRYPTS) for number in "123"]
    assert "refused: 488 Not Acceptable Here" in said and "former setting back: Off" in said
    assert said.splitlines()[-1] == "verify.py: 0"
    assert left_running(tmp_path) == []

    evidence, spoilt = tmp_path / "kept" / "lab.zip", tmp_path / "spoilt.zip"
    with zipfile.ZipFile(evidence) as archive, zipfile.ZipFile(spoilt, "w") as other:
        other.writestr("bundle.json", archive.read("bundle.json").replace(real_rooms.ENCRYPTS.encode(), b"AES_256_CM_HMAC_SHA1_80", 1))
    command = re.search(r"^  (\S+ -I \S+) \S+ (--key .*)$", said, re.MULTILINE)
    assert subprocess.run([*command[1].split(), str(spoilt), *command[2].split()], capture_output=True).returncode == 1


def test_ctrl_c_in_the_middle_of_it_leaves_nothing_running(told, tmp_path):
    for line in told.stdout:
        if "web and worker run" in line:
            break

    told.send_signal(signal.SIGINT)

    said, complaints = told.communicate()
    assert (told.returncode, complaints) == (130, "\nDừng lại / stopped.\n"), said
    assert left_running(tmp_path) == []
    assert list(tmp_path.glob("roomctl-story-*")) == []
