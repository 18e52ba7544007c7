"""verify.py by itself: copied out, run without roomctl, on what anybody may have done to the file."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roomctl.audit import chain, tables, trail, verify

# Whatever of ours or of a server could be imported by accident, cannot be.
ALONE = """
import runpy, sys
sys.modules.update(dict.fromkeys(["roomctl", "flask", "sqlalchemy", "rfc8785"]))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def alone(kept, tmp_path):
    """Run a copy of verify.py on the kept trail, or on `text`; returns the finished process."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(verify.__file__, folder / "verify.py")
    shutil.copy(trail.anchor_file(kept.settings), folder / "checkpoints.jsonl")

    def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess:
        (folder / "trail.json").write_text(json.dumps(kept.bundle(), ensure_ascii=False) if text is None else text)
        return subprocess.run([sys.executable, "-I", "-c", ALONE, "verify.py", *arguments], cwd=folder, capture_output=True, text=True,
                              check=False)

    return run


def test_it_says_whole_and_exits_0(alone, kept):
    done = alone("trail.json", "--key", kept.key, "--anchor", "checkpoints.jsonl")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("WHOLE")


def test_it_says_tampered_and_exits_1(alone, kept):
    kept.forge_header(5, actor=99)

    done = alone("trail.json", "--key", kept.key, "--anchor", "checkpoints.jsonl")

    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "TAMPERED")


def test_it_says_truncated_and_exits_1(alone, kept):
    kept.sql("DELETE FROM trail_entries WHERE seq > 6")
    kept.sql("DELETE FROM trail_checkpoints WHERE size > 6")

    done = alone("trail.json", "--key", kept.key, "--anchor", "checkpoints.jsonl")

    assert done.returncode == 1
    assert "TRUNCATED" in done.stdout


@pytest.mark.parametrize("given_to_it", [["--anchor", "checkpoints.jsonl"], ["--key", "KEY"], []], ids=["no key", "no anchor", "neither"])
def test_it_says_incomplete_and_exits_2(alone, kept, given_to_it):
    done = alone("trail.json", *[kept.key if word == "KEY" else word for word in given_to_it])

    assert (done.returncode, done.stdout.split(":")[0]) == (2, "INCOMPLETE")


def test_it_answers_programs_in_json(alone, kept):
    kept.forge_header(5, actor=99)

    done = alone("trail.json", "--key", kept.key, "--anchor", "checkpoints.jsonl", "--json")

    told = json.loads(done.stdout)
    assert (done.returncode, told["exit_code"], set(told)) == (1, 1, {"exit_code", "tampered", "missing", "said"})
    assert "entry 5: the chain breaks here" in told["tampered"]


@pytest.mark.parametrize("arguments", [[], ["--what"], ["missing.json"], ["trail.json", "--anchor", "missing.jsonl"]])
def test_it_exits_3_when_it_is_called_wrongly(alone, arguments):
    assert alone(*arguments).returncode == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "PK\x03\x04 half a zip", "null"])
def test_a_damaged_file_is_tampered_and_never_a_traceback(alone, kept, text):
    done = alone("trail.json", "--key", kept.key, text=text)

    assert (done.returncode, done.stderr) == (1, "")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(at=st.integers(0, 100_000), mask=st.integers(1, 255))
def test_a_zip_with_a_damaged_byte_is_answered_and_never_a_crash(kept, tmp_path, at, mask):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", json.dumps(whole_bundle(kept)))
    raw = bytearray(packed.getvalue())
    raw[at % len(raw)] ^= mask
    (tmp_path / "damaged.zip").write_bytes(raw)

    code = verify.main([str(tmp_path / "damaged.zip"), "--key", kept.key, "--anchor", str(trail.anchor_file(kept.settings))])

    assert code in {verify.TAMPERED, verify.WHOLE}  # Whole only when the byte was the archive's own, a date of it say.


def test_it_imports_nothing_but_the_standard_library_and_cryptography():
    lines = Path(verify.__file__).read_text().splitlines()

    outside = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))} - sys.stdlib_module_names
    assert outside == {"cryptography"}


PLACES = st.tuples(st.integers(0, 8), st.sampled_from(["header", "payload", "head", "leaf"]), st.integers(0, 10_000), st.integers(1, 127))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(place=PLACES)
def test_no_single_flipped_byte_leaves_a_trail_whole(kept, place):
    number, field, at, mask = place
    bundle = partly_told(kept) if field == "leaf" else whole_bundle(kept)
    item = bundle["entries"][number]
    old = item[field]
    at %= len(old)

    item[field] = old[:at] + chr(ord(old[at]) ^ mask) + old[at + 1:]

    assert verify.check(bundle, key=kept.key, anchor=kept.anchor).exit_code == verify.TAMPERED


@pytest.mark.parametrize("field", ["head", "leaf"])
def test_a_hash_written_in_capitals_is_not_the_hash_that_was_written(kept, field):
    bundle = partly_told(kept) if field == "leaf" else whole_bundle(kept)
    item = bundle["entries"][4]

    item[field] = item[field].upper()

    assert verify.check(bundle, key=kept.key, anchor=kept.anchor).exit_code == verify.TAMPERED


def whole_bundle(kept) -> dict:
    if not hasattr(kept, "exported"):
        kept.exported = kept.bundle()
    return deepcopy(kept.exported)


def partly_told(kept) -> dict:
    """Return the trail with every entry given by its leaf alone."""
    if not hasattr(kept, "leaves"):
        epoch = tables.current_epoch().epoch
        kept.leaves = {"format": verify.TRAIL,
                       **trail.export_document(epoch=epoch, after=0, opened=(0, chain.first_head(epoch)), whole_for=set())}
    return deepcopy(kept.leaves)
