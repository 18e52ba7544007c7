"""How the story ends: with both proofs, or with the step that failed."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from device_drivers.lab import lab
from roomctl.story import __main__ as story
from roomctl.story import proof, real_rooms
from roomctl.story.telling import StoryFailure, Telling, eventually

ACCEPTS, REFUSES = "import sys; print('whole', *sys.argv[2:])", "import sys; print('tampered'); sys.exit(1)"


def evidence(verifier: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bundle.json", json.dumps({"checks": ['{"what": "check"}']}))
        archive.writestr("verify.py", verifier)
    return buffer.getvalue()


@pytest.fixture
def kept_in(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("ROOMCTL_STORY", str(tmp_path / "kept"))
    monkeypatch.setattr(story.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "anchor.jsonl").write_text("{}\n")
    return tmp_path / "kept"


def a_story(verifier: str):
    def live_through(telling: Telling, home: Path) -> proof.Proof:
        with telling.step("Làm", "done") as step:
            step.came_of_it = "well"
        with telling.step("Kiểm tra", "checked"):
            kept = proof.keep("one", evidence(verifier), anchor=home.parent / "anchor.jsonl", key="ab")
            proof.verify(kept)
        return kept

    return live_through


def tell(monkeypatch, *names: str, **stories) -> int:
    monkeypatch.setattr(story, "STORIES", stories)
    monkeypatch.setattr(story, "HEADINGS", dict.fromkeys(stories, "heading"))
    return story.main(list(names))


def test_a_story_that_holds_ends_with_its_evidence_and_leaves_no_home(kept_in, monkeypatch, capsys):
    assert tell(monkeypatch, national=a_story(ACCEPTS)) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[1].startswith("  1. Làm / done: well  (") and told[-1] == "verify.py: 0"
    assert f"{kept_in}/one.zip --key ab --anchor {kept_in}/one.checkpoints.jsonl" in told[-2]
    assert sorted(path.name for path in kept_in.iterdir()) == ["one.checkpoints.jsonl", "one.verify.py", "one.verify.txt", "one.zip"]
    assert (kept_in / "one.verify.txt").read_text() == f"whole --key ab --anchor {kept_in}/one.checkpoints.jsonl\n"
    assert list(kept_in.parent.glob("roomctl-story-*")) == []


def test_evidence_that_its_own_verifier_refuses_fails_the_story_and_says_at_which_step_and_where_the_logs_are(kept_in, monkeypatch, capsys):
    assert tell(monkeypatch, national=a_story(REFUSES)) == 1

    said, (home,) = capsys.readouterr(), kept_in.parent.glob("roomctl-story-*")
    assert "FAILED at step 2. Kiểm tra / checked" in said.err and "verify.py: 1. tampered" in said.err and str(home) in said.err
    assert "verify.py: 0" not in said.out


def test_one_story_that_fails_is_a_failure_although_the_other_held(kept_in, monkeypatch, capsys):
    def fails(telling: Telling, home: Path) -> proof.Proof:
        with telling.step("Hỏng", "broken"):
            raise OSError("no such device")

    assert tell(monkeypatch, national=a_story(ACCEPTS), other=fails) == 1

    said = capsys.readouterr()
    assert "FAILED at step 3. Hỏng / broken" in said.err and "OSError: no such device" in said.err
    assert "verify.py: 0" not in said.out


def test_ctrl_c_is_told_as_such_and_leaves_no_home(kept_in, monkeypatch, capsys):
    def interrupted(telling: Telling, home: Path) -> proof.Proof:
        raise KeyboardInterrupt

    assert tell(monkeypatch, national=interrupted) == 130

    assert "stopped" in capsys.readouterr().err
    assert list(kept_in.parent.glob("roomctl-story-*")) == []


def test_what_is_missing_is_said_in_one_line_before_anything_begins(kept_in, monkeypatch, capsys):
    monkeypatch.setattr(lab, "NEEDED", {"/nowhere/baresip": "baresip-core", "/nowhere/sshd": "openssh-server"})
    monkeypatch.setattr(real_rooms.importlib.util, "find_spec", lambda name: None)

    assert story.main([]) == 1

    said = capsys.readouterr()
    assert said.err == ("Cần cài trước / install first: apt-get install --no-install-recommends baresip-core openssh-server; "
                        "pip install pjsua2-python\n")
    assert said.out == "" and not kept_in.exists()


@pytest.mark.parametrize("body", [b"", b"<html>", evidence(ACCEPTS)[:-30]])
def test_what_is_no_evidence_is_not_kept_as_some(kept_in, tmp_path, body):
    with pytest.raises(StoryFailure, match="no evidence"):
        proof.keep("one", body, anchor=tmp_path / "anchor.jsonl", key="ab")

    assert list(kept_in.glob("*.zip")) == []


def test_waiting_ends_with_what_was_seen_so_far():
    with pytest.raises(StoryFailure, match=r"three sites: not within 0 s\. two"):
        eventually(lambda: None, within_s=0, what="three sites", so_far=lambda: "two")
