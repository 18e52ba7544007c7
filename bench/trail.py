"""The audit trail at size: a million entries checked by verify.py, and what the trail adds to a booking at 20 bookings a second.

The entries are made by the chain's own functions, straight into the file that `roomctl trail export` would write; verify.py runs
as a stranger runs it, in a process of its own.  `python -m bench.trail [entries]` prints a table; the bookings are made on SQLite
and on PostgreSQL, both keeping what they acknowledge.
"""

import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask_migrate import upgrade

from bench.booking import hours
from bench.servers import postgresql
from roomctl.app import create_app
from roomctl.audit import chain, keys, trail, verify
from roomctl.booking.request import request_conference
from roomctl.booking.wish import Wish
from roomctl.config import Settings
from roomctl.database import db
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import user_by_id
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue as rooms
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.timespan import Span

ENTRIES, SEALED_EVERY, WANTED_S = 1_000_000, 1000, 60
# verify.py as it stands, and then the most memory that its process ever held, in kB (Linux).
ALONE = """
import re, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1], file=sys.stderr)
"""
A_SECOND, FOR_S, WANTED_MS = 20, 20, 10


def write_trail(folder: Path, entries: int) -> str:
    """Write a trail of so many entries and its anchor; return the key's fingerprint."""
    key, epoch, head = Ed25519PrivateKey.generate(), secrets.token_hex(8), ""
    head, at, checkpoints = chain.first_head(epoch), datetime(2027, 3, 1, 1, tzinfo=UTC), []
    with (folder / "entries").open("w", encoding="utf-8") as file:
        for seq in range(1, entries + 1):
            at, salt = at + timedelta(milliseconds=750), secrets.token_hex(16)
            payload = chain.canonical({"conference": seq, "rooms": [seq % 3400, (seq + 7) % 3400], "title": "Giao ban công tác tuần"})
            header = chain.canonical({
                "v": 1, "seq": seq, "at": trail.iso(at), "epoch": epoch, "kind": "conference_requested", "actor": seq % 9000, "on_behalf": "",
                "origin": "browser", "subject": f"conference:{seq}", "unit": seq % 3356, "classification": "ordinary", "outcome": "done",
                "salt": salt, "payload_digest": chain.payload_digest(salt, payload)})
            head = chain.next_head(head, chain.leaf_of(header))
            file.write(verify.one_line({"seq": seq, "header": header.decode(), "head": head, "payload": payload.decode()}) + "\n")
            if seq % SEALED_EVERY == 0 or seq == entries:
                body = chain.canonical({"origin": "roomctl", "epoch": epoch, "size": seq, "head": head, "at": trail.iso(at)})
                checkpoints.append({"body": body.decode(), "signature": key.sign(body).hex(), "key": keys.fingerprint_of(key)})
    (folder / "anchor.jsonl").write_text("".join(json.dumps(one) + "\n" for one in checkpoints))
    known = {"format": verify.TRAIL, "keys": [{"fingerprint": keys.fingerprint_of(key), "public": keys.raw_public(key).hex()}], "rotations": [],
             "epoch": epoch, "start": {"size": 0, "head": chain.first_head(epoch)}, "checkpoints": checkpoints, "cosignatures": []}
    with (folder / "trail.jsonl").open("w", encoding="utf-8") as file, (folder / "entries").open(encoding="utf-8") as made:
        file.write(verify.one_line(known) + "\n")
        file.writelines(made)
    (folder / "entries").unlink()
    return keys.fingerprint_of(key)


def verified(entries: int) -> str:
    """Return how long verify.py took over a trail, what it said, and the memory it needed."""
    with tempfile.TemporaryDirectory() as folder:
        key, path = write_trail(Path(folder), entries), Path(folder) / "trail.jsonl"
        command = [sys.executable, "-I", "-c", ALONE, verify.__file__, str(path), "--key", key, "--anchor", f"{folder}/anchor.jsonl"]
        begun = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        took, size = time.monotonic() - begun, path.stat().st_size
    return f"{took:.1f} s, exit code {done.returncode}, {int(done.stderr) / 1024:.0f} MB of memory, file {size / 1e6:.0f} MB"


def on_bookings(engine: str) -> str:
    """Return what the trail's step takes of a booking: 20 bookings a second, by four threads, each in a transaction of its own."""
    took, lock = [], threading.Lock()
    with tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address:
        home = Path(folder)
        app = create_app(Settings(home=home, database_url=address or f"sqlite:///{home / 'roomctl.db'}"))
        with app.app_context():
            upgrade()
            wishes = _wishes()
            db.session.remove()
        write = trail._write_pending

        def timed() -> None:
            begun = time.perf_counter()
            write()
            with lock:
                took.append(time.perf_counter() - begun)

        def book(wish: tuple[int, Wish]) -> None:
            with app.app_context():
                request_conference(wish[1], by=user_by_id(wish[0]), key=secrets.token_hex(8))
                db.session.remove()

        trail._write_pending = timed
        try:
            with ThreadPoolExecutor(4) as pool:
                begun, asked = time.monotonic(), []
                for number, wish in enumerate(wishes):
                    time.sleep(max(begun + number / A_SECOND - time.monotonic(), 0))
                    asked.append(pool.submit(book, wish))
                for one in asked:
                    one.result()
                rate = len(asked) / (time.monotonic() - begun)
        finally:
            trail._write_pending = write
        with app.app_context():
            db.engine.dispose()
    cuts = statistics.quantiles(took, n=100)
    return f"p50 {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms ({len(took)} bookings, {rate:.0f} a second)"


def _wishes() -> list[tuple[int, Wish]]:
    """Furnish an organisation and return what its clerk (by id) will ask for, one hour after another."""
    centre = directory.add_unit(code="TW", name="Trung ương", level=Level.CENTRAL)
    clerk, chair = (directory.add_person(username=name, name=name, unit=centre, password="chỉ để đo") for name in ("vanthu", "chutri"))
    for person, role in ((clerk, Role.STAFF), (chair, Role.CHAIR)):
        directory.grant_role(person, role, centre, by=None)
    profile = profiles.add_version(key="thuong", name_vi="Họp thường", name_en="Ordinary", classification=Classification.ORDINARY, min_grade="B",
                                   suites=["Aes-128"], check_interval_s=5, on_drift=OnDrift.DROP)
    added = rooms.add_rooms([rooms.NewRoom(unit=centre, code=f"TW-{number}", name=f"Phòng {number}") for number in range(2)])
    room_ids = tuple(room.id for room in added)
    return [(clerk.id, Wish(span=Span(start, start + timedelta(minutes=59)), room_ids=room_ids, host_room_id=room_ids[0], chair_id=chair.id,
                            profile_id=profile.id, title="Giao ban")) for start, _ in zip(hours(), range(A_SECOND * FOR_S), strict=False)]


def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    print(f"{'work':<46}{'wanted':<16}reached")
    print(f"{f'{entries:,} entries checked by verify.py':<46}{f'< {WANTED_S} s':<16}{verified(entries)}")
    for engine in ("sqlite", "postgresql"):
        print(f"{f'the trail in a booking, {engine}':<46}{f'p95 < {WANTED_MS} ms':<16}{on_bookings(engine)}")


if __name__ == "__main__":
    main()
