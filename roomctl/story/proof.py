"""Keeping what a story has to show, and letting the evidence's own verify.py judge it, alone and apart from roomctl."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roomctl.story.telling import StoryFailure

KEPT_IN = "story-evidence"


def folder() -> Path:
    """Return where evidence is kept: ROOMCTL_STORY, or a folder of its own where the story was started."""
    kept = Path(os.environ.get("ROOMCTL_STORY") or KEPT_IN).absolute()
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    return kept


@dataclass(frozen=True, slots=True)
class Proof:
    """One session's evidence, and what verify.py takes besides: the key's fingerprint, known from elsewhere, and the anchor."""

    evidence: Path
    anchor: Path
    key: str

    @property
    def bundle(self) -> dict[str, Any]:
        with zipfile.ZipFile(self.evidence) as archive:
            return json.loads(archive.read("bundle.json"))

    @property
    def checks(self) -> list[dict[str, Any]]:
        """Return what was kept of the devices' answers, in order."""
        return [json.loads(check) for check in self.bundle["checks"]]

    @property
    def command(self) -> str:
        return f"{sys.executable} -I {self.evidence.with_suffix('.verify.py')} {self.evidence} --key {self.key} --anchor {self.anchor}"


def keep(name: str, evidence: bytes, *, anchor: Path, key: str) -> Proof:
    """Keep a session's evidence under a name, with its verify.py and a copy of the anchor; raise StoryFailure for what is no evidence."""
    kept = folder()
    proof = Proof(kept / f"{name}.zip", kept / f"{name}.checkpoints.jsonl", key)
    try:
        with zipfile.ZipFile(io.BytesIO(evidence)) as archive:
            verifier = archive.read("verify.py")
    except (zipfile.BadZipFile, KeyError) as error:
        raise StoryFailure(f"what was downloaded is no evidence: {error}") from error
    proof.evidence.write_bytes(evidence)
    proof.evidence.with_suffix(".verify.py").write_bytes(verifier)
    shutil.copyfile(anchor, proof.anchor)
    return proof


def verify(proof: Proof) -> str:
    """Run the verify.py that came with the evidence, isolated, and return what it says; raise StoryFailure unless it says whole."""
    ran = subprocess.run([sys.executable, "-I", str(proof.evidence.with_suffix(".verify.py")), str(proof.evidence), "--key", proof.key,
                          "--anchor", str(proof.anchor)], capture_output=True, text=True, check=False, timeout=60)
    proof.evidence.with_suffix(".verify.txt").write_text(ran.stdout)
    if ran.returncode != 0:
        raise StoryFailure(f"verify.py: {ran.returncode}. {(ran.stdout or ran.stderr).strip()[-400:]}")
    return ran.stdout
