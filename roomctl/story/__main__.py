"""Live both stories through: `python -m roomctl.story [national] [lab]`.

Exit code 0 only when the evidence of each was accepted by its own verify.py; 1 when a step failed; 130 after Ctrl-C.
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

from roomctl.story import national, processes, proof, real_rooms
from roomctl.story.telling import StoryFailure, Telling

STORIES = {"national": national.live_through, "lab": real_rooms.live_through}
HEADINGS = {"national": "Cả nước, thiết bị mô phỏng / the whole country, simulated devices",
            "lab": "Ba phòng thật trên máy này / three real rooms on this machine"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m roomctl.story", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stories", nargs="*", choices=[*STORIES, []], help="which of them; both when none is named")
    chosen = parser.parse_args(arguments).stories or list(STORIES)
    if "lab" in chosen and (missing := real_rooms.what_is_missing()):
        print(f"Cần cài trước / install first: {missing}", file=sys.stderr)
        return 1
    home, telling, proofs = Path(tempfile.mkdtemp(prefix="roomctl-story-")), Telling(), list[proof.Proof]()
    try:
        with processes.ends_in_order():
            for name in chosen:
                telling.say(HEADINGS[name])
                proofs.append(STORIES[name](telling, home))
    except KeyboardInterrupt:
        print("\nDừng lại / stopped.", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        return 130
    except Exception as error:
        told = str(error) if isinstance(error, StoryFailure) else f"{type(error).__name__}: {error}"
        print(f"KHÔNG ĐẠT ở bước / FAILED at step {telling.at or telling.number}\n  {told}\n  Nhật ký / logs: {home}", file=sys.stderr)
        return 1
    with contextlib.suppress(OSError):
        shutil.rmtree(home)
    for one in proofs:
        telling.say(f"Bằng chứng / evidence: {one.evidence}\n  {one.command}\nverify.py: 0")
    return 0


if __name__ == "__main__":
    sys.exit(main())
