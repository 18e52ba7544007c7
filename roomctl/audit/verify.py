#!/usr/bin/env python3
"""Check roomctl evidence, or a whole trail, without trusting the server it came from.

    python verify.py EVIDENCE.zip --key FINGERPRINT --anchor checkpoints.jsonl

FINGERPRINT is the SHA-256 of the trail's public key, known from elsewhere (the printed sheet, the officer's notes).
The anchor is a copy of the signed checkpoints that was kept where the server cannot change it.

Exit codes: 0 whole; 1 tampered; 2 incomplete (key or anchor not given, nothing signed, or the anchor does not reach
this stretch); 3 usage.  Needs only Python 3.11 and the package `cryptography`.
"""

import argparse
import hashlib
import io
import json
import sys
import zipfile
import zlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EVIDENCE, TRAIL = "roomctl-evidence-v1", "roomctl-trail-v1"
WHOLE, TAMPERED, INCOMPLETE, USAGE = 0, 1, 2, 3
DOMAIN = b"roomctl-trail-v1"


@dataclass
class Result:
    """What was found: `tampered` and `missing` hold one sentence each, `said` what can be told of whole evidence."""

    tampered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return TAMPERED if self.tampered else INCOMPLETE if self.missing else WHOLE


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def unhex(text: str) -> bytes:
    """Return the bytes of lower-case hex; a hash has one spelling only.  Raises ValueError."""
    data = bytes.fromhex(text)
    if data.hex() != text:
        raise ValueError(f"{text[:16]}... is not lower-case hex")
    return data


def fingerprint(public: bytes) -> str:
    """Return the fingerprint of a raw Ed25519 public key: SHA-256, hex."""
    return sha256(public)


def check(bundle: dict, *, key: str | None, anchor: list[dict] | None) -> Result:
    """Check a bundle; `key` is the trusted fingerprint, `anchor` the lines of the anchor file."""
    result = Result()
    try:
        heads, payloads = _follow_chain(bundle, result)
        signer = _trusted_key(bundle, key, result)
        sealed = _check_checkpoints(bundle, heads, signer, result)
        _check_anchor(bundle, heads, signer, anchor, result)
        last = max(heads)
        if not sealed and not (anchor and signer):
            result.missing.append("nothing here is signed: unsealed")
        elif sealed and max(sealed) < last:
            result.missing.append(f"entries {max(sealed) + 1} to {last} are newer than the last signed checkpoint: not proven")
        if bundle.get("format") == EVIDENCE:
            _check_evidence(bundle, payloads, result)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        result.tampered.append(f"not readable as evidence: {type(error).__name__} {error}")
    return result


def _follow_chain(bundle: dict, result: Result) -> tuple[dict[int, str], dict[int, dict]]:
    """Return the head behind each seq, and what each told entry says, following the chain from its start."""
    size, head = bundle["start"]["size"], bundle["start"]["head"]
    if size == 0 and bundle["entries"]:
        first = sha256(DOMAIN + b"-epoch" + bundle["epoch"].encode())
        if head != first:
            result.tampered.append("the chain does not begin at the beginning of its epoch")
        head = first
    heads, told = {size: head}, {}
    for number, item in enumerate(bundle["entries"], start=size + 1):
        if item["seq"] != number:
            result.tampered.append(f"entry {number} is missing or out of order (found {item['seq']})")
        leaf = item.get("leaf")
        if leaf is None:
            raw = item["header"].encode()
            leaf = sha256(b"\x00" + raw)
            header = json.loads(raw)
            if header["seq"] != number or header["epoch"] != bundle["epoch"]:
                result.tampered.append(f"entry {number} carries the header of another")
            payload = item.get("payload")
            if payload is not None:
                if sha256(unhex(header["salt"]) + payload.encode()) != header["payload_digest"]:
                    result.tampered.append(f"entry {number}: its content is not what was recorded")
                told[number] = {**header, "payload": json.loads(payload)}
        head = sha256(DOMAIN + unhex(head) + unhex(leaf))
        stored = item.get("head")
        if stored is not None and stored != head:
            result.tampered.append(f"entry {number}: the chain breaks here")
            head = stored  # Go on from what is stored, so that each break is named where it is and not at every entry behind it.
        heads[number] = head
    return heads, told


def _trusted_key(bundle: dict, key: str | None, result: Result) -> tuple[str, Ed25519PublicKey] | None:
    if key is None:
        result.missing.append("no trusted key given: the signatures prove nothing by themselves")
        return None
    for known in bundle["keys"]:
        public = unhex(known["public"])
        if fingerprint(public) == key.lower():
            return key.lower(), Ed25519PublicKey.from_public_bytes(public)
    result.tampered.append("signed with another key than the one you trust")
    return None


def _signed(document: dict, signer: tuple[str, Ed25519PublicKey]) -> bool:
    if document["key"] != signer[0]:
        return False
    try:
        signer[1].verify(unhex(document["signature"]), document["body"].encode())
    except InvalidSignature:
        return False
    return True


def _check_checkpoints(bundle: dict, heads: dict[int, str], signer: tuple | None, result: Result) -> list[int]:
    sizes = []
    for document in bundle["checkpoints"]:
        body = json.loads(document["body"])
        if signer is not None and not _signed(document, signer):
            result.tampered.append(f"the checkpoint at {body['size']} is not signed by the trusted key")
        if body["size"] in heads and heads[body["size"]] != body["head"]:
            result.tampered.append(f"the chain differs from the checkpoint at or before entry {body['size']}")
        elif body["size"] > max(heads) and bundle["format"] == TRAIL:
            result.tampered.append(f"cut: a checkpoint knows {body['size']} entries, {max(heads)} are here")
        if body["size"] in heads:
            sizes.append(body["size"])  # One that stands outside this stretch seals nothing of it.
    return sizes


def _check_anchor(bundle: dict, heads: dict[int, str], signer: tuple | None, anchor: list[dict] | None, result: Result) -> None:
    if anchor is None:
        result.missing.append("no anchor given: the tail is not proven")
        return
    reached = False
    for document in anchor:
        if signer is not None and not _signed(document, signer):
            result.tampered.append("a line of the anchor is not signed by the trusted key")
            continue
        body = json.loads(document["body"])
        if body["epoch"] != bundle["epoch"]:
            continue
        if body["size"] in heads:
            if heads[body["size"]] != body["head"]:
                result.tampered.append(f"TRUNCATED or REWRITTEN at or before entry {body['size']}: the anchor disagrees")
            reached = reached or body["size"] > bundle["start"]["size"]
        elif body["size"] > max(heads) and bundle["format"] == TRAIL:
            result.tampered.append(f"TRUNCATED: the anchor knows {body['size']} entries, {max(heads)} are here")
            reached = True
    if not reached:
        result.missing.append("the anchor does not reach this stretch of the trail: the tail is not proven")


def _check_evidence(bundle: dict, told: dict[int, dict], result: Result) -> None:
    """Every check must have been recorded in the trail, and every recorded check must be here."""
    here = {sha256(text.encode()) for text in bundle["checks"]}
    recorded = {digest for entry in told.values() if entry["kind"] == "leg_checks" for digest in entry["payload"]["checks"]}
    for digest in sorted(here - recorded):
        result.tampered.append(f"a leg check that the trail does not know: {digest[:16]}")
    for digest in sorted(recorded - here):
        result.tampered.append(f"a leg check that the trail knows is missing: {digest[:16]}")
    if "session_started" not in {entry["kind"] for entry in told.values()}:
        result.tampered.append("the entry that started the session is missing")
    seals = [entry["payload"]["document"] for entry in told.values() if entry["kind"] == "evidence_sealed"]
    if not seals:
        result.missing.append("the session was not sealed yet: it has not ended")
    elif sha256(bundle["session"].encode()) != seals[-1]:
        result.tampered.append("the session's summary is not the one that was sealed")
    session = json.loads(bundle["session"])
    result.said.append(f"session {session['number']} of occurrence {session['occurrence']}: verdict {session['verdict']}")
    if session.get("simulated"):
        result.said.append("SIMULATED DEVICES: this proves nothing about a real conference")
    for leg in session["legs"]:
        result.said.append(f"  {leg['room']}: {leg['state']}, verdict {leg['verdict']}" + (f" ({leg['finding']})" if leg["finding"] else ""))


def read_anchor(path: str) -> list[dict]:
    with open(path, encoding="utf-8") as lines:  # noqa: PTH123 - stands alone, kept plain
        return [json.loads(line) for line in lines if line.strip()]


def report(result: Result) -> str:
    """Return the verdict and its reasons, one a line."""
    words = {WHOLE: "WHOLE: nothing was changed, removed or added", TAMPERED: "TAMPERED", INCOMPLETE: "INCOMPLETE: not everything could be checked"}
    return "\n".join([words[result.exit_code], *(f"- {line}" for line in result.tampered + result.missing), *result.said])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", help="an evidence .zip, or a .json written by `roomctl trail export`")
    parser.add_argument("--key", help="fingerprint of the trusted key (64 hex digits)")
    parser.add_argument("--anchor", help="file of signed checkpoints, kept elsewhere")
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as stop:
        return USAGE if stop.code else WHOLE
    try:
        anchor = read_anchor(chosen.anchor) if chosen.anchor else None
    except (OSError, ValueError) as error:
        print(f"The anchor cannot be read: {error}", file=sys.stderr)
        return USAGE
    try:
        with open(chosen.file, "rb") as plain:  # noqa: PTH123
            raw = plain.read()
    except OSError as error:
        print(f"The file cannot be read: {error}", file=sys.stderr)
        return USAGE
    try:
        if zipfile.is_zipfile(io.BytesIO(raw)):
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                raw = archive.read("bundle.json")
        bundle = json.loads(raw)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, KeyError, ValueError) as error:
        result = Result(tampered=[f"the file is damaged: {error}"])
    else:
        result = check(bundle, key=chosen.key, anchor=anchor)
    print(report(result))
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
