#!/usr/bin/env python3
"""Check roomctl evidence, or a whole trail, without trusting the server it came from.

    python verify.py EVIDENCE.zip --key FINGERPRINT --anchor checkpoints.jsonl [--witness FINGERPRINT] [--sheet TEXT]

FINGERPRINT is the SHA-256 of the trail's public key, known from elsewhere (the printed sheet, the officer's notes); a key
that followed it, or went before it, is believed where both signed the change.  What shows a cut tail or a full rewrite is kept
where the server cannot change it: an anchor (a copy of the signed checkpoints), a witness (another machine that signed that the
trail only grew; its key's fingerprint comes from that machine), or the text of a printed sheet.

Exit codes: 0 whole; 1 tampered; 2 incomplete (key or anchor not given, nothing signed, the anchor does not reach this
stretch, or entries were lost in a restore that the trail itself names); 3 usage.  Needs only Python 3.11 and the package `cryptography`.
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
ROTATION, SHEET = "roomctl-key-rotation-v1", "roomctl-sheet-v1"


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


@dataclass(frozen=True)
class Signer:
    """A key that is believed, for the lengths of one epoch behind `after` up to and with `until`."""

    key: Ed25519PublicKey
    after: int = -1
    until: int | None = None


def check(bundle: dict, *, key: str | None, anchor: list[dict] | None, witness: str | None = None, sheet: str | None = None) -> Result:
    """Check a bundle.

    `key` and `witness` are trusted fingerprints, `anchor` the lines of the anchor file, `sheet` the text of a printed sheet.
    """
    result = Result()
    try:
        kept_elsewhere = _kept_elsewhere(bundle, anchor, witness, sheet, result)
        lost = {}
        for stretch in [bundle, *bundle.get("former", [])]:  # The newest first: it names what a restore has lost.
            told = _check_stretch({**bundle, **stretch}, key, kept_elsewhere, lost, result)
            if stretch is bundle and bundle.get("format") == EVIDENCE:
                _check_evidence(bundle, told, result)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        result.tampered.append(f"not readable as evidence: {type(error).__name__} {error}")
    return result


def _check_stretch(bundle: dict, key: str | None, kept_elsewhere: list[dict] | None, lost: dict, result: Result) -> dict[int, dict]:
    """Check one epoch, or the stretch of one; return what its entries say."""
    heads, told = _follow_chain(bundle, result)
    signers = trusted_keys(bundle, key, result)
    sealed = _check_checkpoints(bundle, heads, signers, result)
    _check_anchor(bundle, heads, signers, kept_elsewhere, lost, result)
    last = max(heads)
    if not sealed and not (kept_elsewhere and signers):
        result.missing.append("nothing here is signed: unsealed")
    elif sealed and max(sealed) < last:
        result.missing.append(f"entries {max(sealed) + 1} to {last} are newer than the last signed checkpoint: not proven")
    for change in (json.loads(rotation["statement"]) for rotation in bundle.get("rotations", [])):
        entry = told.get(change["after"] + 1)
        if change["epoch"] == bundle["epoch"] and bundle["format"] == TRAIL and (entry is None or entry["kind"] != "trail_key_rotated"):
            result.tampered.append(f"a change of key after entry {change['after']} is not in the trail")
    first = told.get(1)
    if first is not None and first["kind"] == "epoch_opened":
        said = first["payload"]
        lost[said["former"]] = (said["kept"], said["known"])
        result.missing.append(f"LOST: a restored database kept {said['kept']} of the {said['known']} entries of epoch {said['former']}")
    return told


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


def trusted_keys(bundle: dict, key: str | None, result: Result) -> dict[str, Signer]:
    """Return the trusted key, and those that came before and after it by changes that both keys signed."""
    if key is None:
        result.missing.append("no trusted key given: the signatures prove nothing by themselves")
        return {}
    public = {fingerprint(unhex(known["public"])): Ed25519PublicKey.from_public_bytes(unhex(known["public"])) for known in bundle["keys"]}
    if key.lower() not in public:
        result.tampered.append("signed with another key than the one you trust")
        return {}
    changes = list(map(json.loads, _believed_changes(bundle, public, result)))
    believed, grew = {key.lower()}, True
    while grew:
        reached = {name for change in changes for name in (change["former"], change["new"])
                   if believed & {change["former"], change["new"]}}
        grew, believed = not reached <= believed, believed | reached
    here = [change for change in changes if change["epoch"] == bundle["epoch"]]
    return {name: Signer(public[name], max((change["after"] for change in here if change["new"] == name), default=-1),
                         min((change["after"] for change in here if change["former"] == name), default=None)) for name in believed}


def _believed_changes(bundle: dict, public: dict[str, Ed25519PublicKey], result: Result) -> list[str]:
    believed = []
    for rotation in bundle.get("rotations", []):
        change = json.loads(rotation["statement"])
        try:
            if change["what"] != ROTATION:
                raise InvalidSignature
            public[change["former"]].verify(unhex(rotation["by_former"]), rotation["statement"].encode())
            public[change["new"]].verify(unhex(rotation["by_new"]), rotation["statement"].encode())
        except InvalidSignature:
            result.tampered.append(f"a change of key after entry {change.get('after')} is not signed by both keys")
        else:
            believed.append(rotation["statement"])
    return believed


def _signed(document: dict, signers: dict[str, Signer], epoch: str) -> bool:
    signer, body = signers.get(document["key"]), json.loads(document["body"])
    if signer is None or (body["epoch"] == epoch and not signer.after < body["size"] <= (signer.until or body["size"])):
        return False  # Signed with a key that did not hold yet, or no longer: an old stretch sealed anew.
    try:
        signer.key.verify(unhex(document["signature"]), document["body"].encode())
    except InvalidSignature:
        return False
    return True


def _check_checkpoints(bundle: dict, heads: dict[int, str], signers: dict[str, Signer], result: Result) -> list[int]:
    sizes = []
    for document in bundle["checkpoints"]:
        body = json.loads(document["body"])
        if signers and not _signed(document, signers, bundle["epoch"]):
            result.tampered.append(f"the checkpoint at {body['size']} is not signed by the trusted key")
        if body["size"] in heads and heads[body["size"]] != body["head"]:
            result.tampered.append(f"the chain differs from the checkpoint at or before entry {body['size']}")
        elif body["size"] > max(heads) and bundle["format"] == TRAIL:
            result.tampered.append(f"cut: a checkpoint knows {body['size']} entries, {max(heads)} are here")
        if body["size"] in heads:
            sizes.append(body["size"])  # One that stands outside this stretch seals nothing of it.
    return sizes


def _kept_elsewhere(bundle: dict, anchor: list[dict] | None, witness: str | None, sheet: str | None, result: Result) -> list[dict] | None:
    """Return every statement of the trail's length that the server cannot change; None when none was given."""
    if anchor is None and witness is None and sheet is None:
        return None
    kept = list(anchor or [])
    if witness is not None:
        seen = [one for one in bundle.get("cosignatures", []) if one["key"] == witness.lower()]
        public = {fingerprint(unhex(one["public"])): unhex(one["public"]) for one in seen}
        for one in seen:
            try:
                Ed25519PublicKey.from_public_bytes(public[witness.lower()]).verify(unhex(one["signature"]), one["body"].encode())
                kept.append({"body": one["body"], "witnessed": True})
            except (InvalidSignature, KeyError):
                result.tampered.append("a statement of the witness is not signed by the witness you trust")
    if sheet is not None:
        what, epoch, size, head, *_ = sheet.strip().split(":")
        if what != SHEET:
            raise ValueError("the text is not that of a printed sheet")
        kept.append({"body": json.dumps({"epoch": epoch, "size": int(size), "head": head}), "witnessed": True})
    return kept


def sheet_text(document: dict) -> str:
    """Return what the QR code of a printed sheet says of a checkpoint."""
    body = json.loads(document["body"])
    return f"{SHEET}:{body['epoch']}:{body['size']}:{body['head']}:{document['key']}"


def _check_anchor(bundle: dict, heads: dict[int, str], signers: dict[str, Signer], kept: list[dict] | None, lost: dict,
                  result: Result) -> None:
    if kept is None:
        result.missing.append("no anchor given: the tail is not proven")
        return
    reached = False
    for document in kept:
        if signers and not document.get("witnessed") and not _signed(document, signers, bundle["epoch"]):
            result.tampered.append("a line of the anchor is not signed by the trusted key")
            continue
        body = json.loads(document["body"])
        if body["epoch"] != bundle["epoch"]:
            continue
        lost_from, lost_to = lost.get(bundle["epoch"], (None, 0))
        if lost_from is not None and lost_from < body["size"] <= lost_to:
            reached = True  # Named as lost by the first entry of the next epoch.
        elif body["size"] in heads:
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
    parser.add_argument("--witness", help="fingerprint of a witness's key, asked at the witness itself")
    parser.add_argument("--sheet", help="text of a printed sheet (what its QR code says)")
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
        result = check(bundle, key=chosen.key, anchor=anchor, witness=chosen.witness, sheet=chosen.sheet)
    print(report(result))
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
