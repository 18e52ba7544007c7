"""What a story starts is stopped, whatever happens."""

import os
import signal
import sys
from pathlib import Path

import pytest

from roomctl.story import processes
from roomctl.story.telling import StoryFailure


def test_a_program_is_stopped_when_what_was_done_meanwhile_fails(tmp_path):
    with pytest.raises(RuntimeError), processes.running("/bin/sleep", "600", log=tmp_path / "log", env={}) as process:
        raise RuntimeError

    assert process.returncode == -signal.SIGTERM


def test_a_program_that_will_not_end_is_ended_with_those_that_it_started(tmp_path, monkeypatch, eventually):
    monkeypatch.setattr(processes, "STOPS_WITHIN_S", 0.2)
    deaf = "trap '' TERM; sleep 600 & echo $! > started; mv started other; wait; wait"
    with processes.running("/bin/sh", "-c", f"cd {tmp_path}; {deaf}", log=tmp_path / "log", env=dict(os.environ)) as process:
        eventually((tmp_path / "other").exists)
        other = Path("/proc", (tmp_path / "other").read_text().strip())

    assert process.returncode == -signal.SIGKILL
    eventually(lambda: not other.exists() or ") Z " in (other / "stat").read_text())


def test_a_second_request_to_end_waits_until_all_is_stopped_and_then_counts():
    done = []

    with pytest.raises(KeyboardInterrupt), processes.ends_in_order():
        with processes.undisturbed():
            with processes.undisturbed():
                os.kill(os.getpid(), signal.SIGINT)
            done.append("stopped")
        done.append("went on")

    assert done == ["stopped"]


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_request_to_end_ends_a_story_as_ctrl_c_does_and_only_while_it_is_told(asked):
    before = signal.getsignal(asked)

    with pytest.raises(KeyboardInterrupt), processes.ends_in_order():
        os.kill(os.getpid(), asked)

    assert signal.getsignal(asked) is before


def test_a_program_that_ends_by_itself_is_a_failure_and_is_not_waited_for(tmp_path):
    with (pytest.raises(StoryFailure, match="ended by itself with 3"),
          processes.running(sys.executable, "-c", "raise SystemExit(3)", log=tmp_path / "log", env={}) as process):
        process.wait(30)
        processes.until_well("http://127.0.0.1:9", [process])


def test_settings_of_another_installation_are_not_passed_on(monkeypatch, tmp_path):
    monkeypatch.setenv("ROOMCTL_DATABASE", "postgresql://elsewhere")

    env = processes.environment(tmp_path, PORT="1")

    assert env["ROOMCTL_HOME"] == str(tmp_path) and env["PORT"] == "1" and "ROOMCTL_DATABASE" not in env and "PATH" in env
