"""A witness: another machine that signs that the trail grew, and refuses to sign that it shrank or was rewritten.

    roomctl trail witness --home /var/lib/roomctl-witness --listen 0.0.0.0:8471 --key FINGERPRINT

It needs no database and is given no content: only hashes of entries, from which it computes every head itself.  What it
knows is a file of lines, each fsynced before it answers.  Its own key's fingerprint is read at the witness, not at the server.
"""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from roomctl.audit import chain, keys, verify

WHAT = "roomctl-witness-v1"
MOST_LEAVES, MOST_BYTES = 100_000, 8_000_000  # A request's; a long trail comes in several.
LONGEST_WAIT_S = 10.0


class Refusal(Exception):
    """The witness does not sign; the words say why."""


class Witness:
    """What one witness knows: how long each epoch was, its head, and whose signature it believes."""

    def __init__(self, home: Path, trusted: str | None) -> None:
        """Open or make a witness's folder; `trusted` is the trail's key at its first start, kept from then on."""
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lines, self._lock = home / "seen.jsonl", threading.Lock()
        path = home / "witness-key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
        self._key = Ed25519PrivateKey.from_private_bytes(path.read_bytes())
        self._trusted_file = home / "trusted-key"
        if not self._trusted_file.exists():
            if trusted is None:
                raise ValueError("at its first start a witness must be told the fingerprint of the trail's key")
            self._trusted_file.write_text(trusted.lower())
        self.trusted = self._trusted_file.read_text().strip()
        self.known: dict[str, tuple[int, str]] = {}
        for line in self._lines.read_text().splitlines() if self._lines.exists() else []:
            try:
                body = json.loads(json.loads(line)["body"])
            except ValueError:
                continue  # A line cut by a power failure was never answered.
            self.known[body["epoch"]] = (body["size"], body["head"])

    @property
    def fingerprint(self) -> str:
        return keys.fingerprint_of(self._key)

    def length_of(self, epoch: str) -> int:
        return self.known.get(epoch, (0, ""))[0]

    def grow(self, wanted: dict[str, Any]) -> dict[str, str]:
        """Follow the chain from what is known through `leaves` to the checkpoint, and sign that it grew.

        `wanted` is {checkpoint, after, leaves, keys, rotations}.  Raises Refusal.
        """
        with self._lock:
            try:
                return self._grow(wanted)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise Refusal(f"not readable: {type(error).__name__} {error}") from error

    def _grow(self, wanted: dict[str, Any]) -> dict[str, str]:
        document = wanted["checkpoint"]
        body = json.loads(document["body"])
        epoch = str(body["epoch"])
        self._follow_key(wanted, document)
        size, head = self.known.get(epoch, (0, chain.first_head(epoch)))
        if wanted["after"] != size:
            raise Refusal(f"this witness knows {size} entries of epoch {epoch}, not {wanted['after']}")
        if len(wanted["leaves"]) > MOST_LEAVES:
            raise Refusal(f"more than {MOST_LEAVES} entries at once")
        for leaf in wanted["leaves"]:
            head, size = chain.next_head(head, leaf), size + 1
        if size != body["size"] or head != body["head"]:
            raise Refusal(f"what was sent does not lead from entry {wanted['after']} to the checkpoint at {body['size']}")
        statement = chain.canonical({"what": WHAT, "epoch": epoch, "size": size, "head": head, "at": body["at"]}).decode()
        signed = {"body": statement, "signature": self._key.sign(statement.encode()).hex(), "public": keys.raw_public(self._key).hex()}
        with self._lines.open("a") as seen:
            seen.write(json.dumps(signed) + "\n")
            seen.flush()
            os.fsync(seen.fileno())
        self.known[epoch] = (size, head)
        return signed

    def _follow_key(self, wanted: dict[str, Any], document: dict[str, str]) -> None:
        """Believe the checkpoint's key: the trusted one, or one that it was changed to by a statement both signed."""
        bundle = {"epoch": "", "keys": wanted["keys"], "rotations": wanted["rotations"], "format": ""}
        result = verify.Result()
        signers = verify.trusted_keys(bundle, self.trusted, result)
        if result.tampered or document["key"] not in signers:
            raise Refusal("the checkpoint is not signed by the key this witness was told to trust")
        public = next(verify.unhex(one["public"]) for one in wanted["keys"] if one["fingerprint"] == document["key"])
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(verify.unhex(document["signature"]), document["body"].encode())
        except InvalidSignature as error:
            raise Refusal("the checkpoint's signature is wrong") from error


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that answers GET /EPOCH with a length and POST / with a signature; the caller lets it serve."""

    class Answer(BaseHTTPRequestHandler):
        timeout = LONGEST_WAIT_S

        def do_GET(self) -> None:
            epoch = self.path.strip("/")
            self._say(200, {"size": witness.length_of(epoch), "key": witness.fingerprint})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= MOST_BYTES:
                self._say(413, {"refused": "the request is empty or too large"})
                return
            try:
                self._say(200, witness.grow(json.loads(self.rfile.read(length))))
            except (Refusal, ValueError) as refusal:
                self._say(409, {"refused": str(refusal)})

        def _say(self, status: int, told: dict[str, Any]) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing: what was signed stands in the file."""

    return ThreadingHTTPServer((host, port), Answer)
