#!/usr/bin/env python3
"""Check roomctl evidence, or a whole trail, without trusting the server it came from.

    python verify.py EVIDENCE.zip --key FINGERPRINT --anchor checkpoints.jsonl [--witness FINGERPRINT] [--sheet TEXT] [--json]

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
from collections import Counter, namedtuple
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EVIDENCE, TRAIL, DOMAIN = "roomctl-evidence-v1", "roomctl-trail-v1", b"roomctl-trail-v1"
WHOLE, TAMPERED, INCOMPLETE, USAGE = 0, 1, 2, 3
ROTATION, SHEET = "roomctl-key-rotation-v1", "roomctl-sheet-v1"
Signer = namedtuple("Signer", "public after until")  # A key that is believed, for the lengths of one epoch behind `after` up to `until`.
# Parts that are not listed here would be checked by nobody.
PARTS = {"format", "epoch", "start", "entries", "checkpoints", "cosignatures", "keys", "rotations", "former", "session", "checks"}
TOLD, HASHED, SIGNED = {"seq", "header", "head", "payload"}, {"seq", "leaf"}, {"body", "signature", "key"}
WORSE = {"gap", "leg_overridden", "stranger_seen"}  # Behind any of these a session that was live is no longer secure.


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


fingerprint = sha256  # Of a raw public key.


def unhex(text: str) -> bytes:
    """Return the bytes of lower-case hex; a hash has one spelling only.  Raises ValueError."""
    if (data := bytes.fromhex(text)).hex() != text:
        raise ValueError(f"{text[:16]}... is not lower-case hex")
    return data


def holds(public: str, signature: str, body: str) -> bool:
    """True when a signature over a text fits a public key; both are hex."""
    try:
        Ed25519PublicKey.from_public_bytes(unhex(public)).verify(unhex(signature), body.encode())
    except InvalidSignature:
        return False
    return True


def check(found: dict | Iterator[dict], *, key: str | None, anchor: list[dict] | None, witness: str | None = None,
          sheet: str | None = None) -> Result:
    """Check a bundle, or the epochs of a trail one after the other, the newest first: it names what a restore has lost.

    `key` and `witness` are trusted fingerprints, `anchor` the lines of the anchor file, `sheet` the text of a printed sheet.
    """
    result, lost = Result(), {}
    try:
        stretches = found if isinstance(found, Iterator) else ({**found, **one} for one in [found, *found.get("former", [])])
        for number, stretch in enumerate(stretches):
            told = _check_stretch(stretch, key, _kept_elsewhere(stretch, anchor, witness, sheet, result), lost, result)
            if number == 0 and stretch["format"] == EVIDENCE:
                _check_evidence(stretch, told, result)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        result.tampered.append(f"not readable as evidence: {type(error).__name__} {error}")
    result.tampered, result.missing = list(dict.fromkeys(result.tampered)), list(dict.fromkeys(result.missing))
    return result


def _check_stretch(bundle: dict, key: str | None, kept: list[dict] | None, lost: dict, result: Result) -> dict[int, dict]:
    """Check one epoch, or the stretch of one; return what its entries say."""
    if bundle["format"] not in (EVIDENCE, TRAIL) or set(bundle) - PARTS:
        result.tampered.append("this has parts that no evidence has: " + ", ".join(sorted(set(bundle) - PARTS)))
    signers = trusted_keys(bundle, key, result)
    heads, told = _follow_chain(bundle, {json.loads(one["body"])["size"] for one in [*bundle["checkpoints"], *(kept or [])]}, result)
    sealed = _check_checkpoints(bundle, heads, signers, result)
    _check_anchor(bundle, heads, signers, kept, lost, result)
    if not sealed and not (kept and signers):
        result.missing.append("nothing here is signed: unsealed")
    elif sealed and max(sealed) < max(heads):
        result.missing.append(f"entries {max(sealed) + 1} to {max(heads)} are newer than the last signed checkpoint: not proven")
    for change in (json.loads(rotation["statement"]) for rotation in bundle.get("rotations", [])):
        entry = told.get(change["after"] + 1)
        if change["epoch"] == bundle["epoch"] and bundle["format"] == TRAIL and (entry is None or entry["kind"] != "trail_key_rotated"):
            result.tampered.append(f"a change of key after entry {change['after']} is not in the trail")
    if (first := told.get(1)) is not None and first["kind"] == "epoch_opened":
        said = first["payload"]
        lost[said["former"]] = (said["kept"], said["known"])
        result.missing.append(f"LOST: a restored database kept {said['kept']} of the {said['known']} entries of epoch {said['former']}")
    return told


def _follow_chain(bundle: dict, wanted: set[int], result: Result) -> tuple[dict[int, str], dict[int, dict]]:
    """Return the head behind the last entry and behind those that are `wanted`, and what entries say that are needed later."""
    size, head, is_evidence = bundle["start"]["size"], unhex(bundle["start"]["head"]), bundle["format"] == EVIDENCE
    heads, told, number = {size: head.hex()}, {}, size
    for number, item in enumerate(bundle["entries"], start=size + 1):
        if number == 1 and head.hex() != (first := sha256(DOMAIN + b"-epoch" + bundle["epoch"].encode())):
            result.tampered.append("the chain does not begin at the beginning of its epoch")
            head = unhex(first)
        if item["seq"] != number:
            result.tampered.append(f"entry {number} is missing or out of order (found {item['seq']})")
        if item.keys() != HASHED and item.keys() != TOLD:
            result.tampered.append(f"entry {number} has other parts than entries have")
        if "leaf" in item:
            leaf = unhex(item["leaf"])
        else:
            leaf, header = hashlib.sha256(b"\x00" + item["header"].encode()).digest(), json.loads(item["header"])
            if header["seq"] != number or header["epoch"] != bundle["epoch"]:
                result.tampered.append(f"entry {number} carries the header of another")
            payload = item["payload"]
            if payload is not None and sha256(unhex(header["salt"]) + payload.encode()) != header["payload_digest"]:
                result.tampered.append(f"entry {number}: its content is not what was recorded")
            elif payload is None and is_evidence:
                result.tampered.append(f"entry {number}: its content is missing")
            elif payload is not None and (is_evidence or number == 1 or header["kind"] == "trail_key_rotated"):
                told[number] = {**header, "payload": json.loads(payload)}
        head = hashlib.sha256(DOMAIN + head + leaf).digest()
        stored = item.get("head")
        if stored is not None and stored != head.hex():
            result.tampered.append(f"entry {number}: the chain breaks here")
            head = unhex(stored)  # Go on from what is stored, so that each break is named where it is and not at every entry behind it.
        if number in wanted:
            heads[number] = head.hex()
    heads[number] = head.hex()
    return heads, told


def trusted_keys(bundle: dict, key: str | None, result: Result) -> dict[str, Signer]:
    """Return the trusted key, and those that came before and after it by changes that both keys signed."""
    public = {fingerprint(unhex(known["public"])): known["public"] for known in bundle["keys"]}
    if bundle["keys"] != [{"fingerprint": name, "public": known} for name, known in public.items()]:
        result.tampered.append("a key does not have the fingerprint that it is said to have")
    changes = list(map(json.loads, _believed_changes(bundle, public, result)))
    if key is None:
        result.missing.append("no trusted key given: the signatures prove nothing by themselves")
        return {}
    if key.lower() not in public:
        result.tampered.append("signed with another key than the one you trust")
        return {}
    believed, reached = set(), {key.lower()}
    while believed != reached:
        believed = reached
        reached = believed.union(*({one["former"], one["new"]} for one in changes if believed & {one["former"], one["new"]}))
    here = [change for change in changes if change["epoch"] == bundle["epoch"]]
    return {name: Signer(public[name], max((change["after"] for change in here if change["new"] == name), default=-1),
                         min((change["after"] for change in here if change["former"] == name), default=None)) for name in believed}


def _believed_changes(bundle: dict, public: dict[str, str], result: Result) -> Iterator[str]:
    for rotation in bundle.get("rotations", []):
        change, text = json.loads(rotation["statement"]), rotation["statement"]
        if (rotation.keys() == {"statement", "by_former", "by_new"} and change["what"] == ROTATION
                and holds(public[change["former"]], rotation["by_former"], text) and holds(public[change["new"]], rotation["by_new"], text)):
            yield text
        else:
            result.tampered.append(f"a change of key after entry {change.get('after')} is not signed by both keys")


def _signed(document: dict, signers: dict[str, Signer], epoch: str) -> bool:
    signer, body = signers.get(document["key"]), json.loads(document["body"])
    if signer is None or (body["epoch"] == epoch and not signer.after < body["size"] <= (signer.until or body["size"])):
        return False  # Signed with a key that did not hold yet, or no longer: an old stretch sealed anew.
    return document.keys() == SIGNED and holds(signer.public, document["signature"], document["body"])


def _check_checkpoints(bundle: dict, heads: dict[int, str], signers: dict[str, Signer], result: Result) -> list[int]:
    sizes, last = [], max(heads)
    for document in bundle["checkpoints"]:
        body = json.loads(document["body"])
        if signers and not _signed(document, signers, bundle["epoch"]):
            result.tampered.append(f"the checkpoint at {body['size']} is not signed by the trusted key")
        if body["size"] in heads and heads[body["size"]] != body["head"]:
            result.tampered.append(f"the chain differs from the checkpoint at or before entry {body['size']}")
        elif body["size"] > last and bundle["format"] == TRAIL:
            result.tampered.append(f"cut: a checkpoint knows {body['size']} entries, {last} are here")
        if body["size"] in heads:
            sizes.append(body["size"])  # One that stands outside this stretch seals nothing of it.
    return sizes


def _kept_elsewhere(bundle: dict, anchor: list[dict] | None, witness: str | None, sheet: str | None, result: Result) -> list[dict] | None:
    """Return every statement of the trail's length that the server cannot change; None when none was given."""
    kept = list(anchor or [])
    for one in bundle.get("cosignatures", []):
        names_itself = one.keys() == {*SIGNED, "public"} and fingerprint(unhex(one["public"])) == one["key"]
        if not names_itself or not holds(one["public"], one["signature"], one["body"]):
            result.tampered.append("a statement of a witness is not signed by the witness that it names")
        elif witness is not None and one["key"] == witness.lower():
            kept.append({"body": one["body"], "witnessed": True})
    if sheet is not None:
        what, epoch, size, head, *_ = sheet.strip().split(":")
        if what != SHEET:
            raise ValueError("the text is not that of a printed sheet")
        kept.append({"body": json.dumps({"epoch": epoch, "size": int(size), "head": head}), "witnessed": True})
    return None if anchor is None and witness is None and sheet is None else kept


def sheet_text(document: dict) -> str:
    """Return what the QR code of a printed sheet says of a checkpoint."""
    return "{}:{epoch}:{size}:{head}:{}".format(SHEET, document["key"], **json.loads(document["body"]))


def _check_anchor(bundle: dict, heads: dict[int, str], signers: dict[str, Signer], kept: list | None, lost: dict, result: Result) -> None:
    if kept is None:
        result.missing.append("no anchor given: the tail is not proven")
        return
    reached, last, lost_behind = False, max(heads), lost.get(bundle["epoch"], (0, 0))
    for document in kept:
        if signers and not document.get("witnessed") and not _signed(document, signers, bundle["epoch"]):
            result.tampered.append("a line of the anchor is not signed by the trusted key")
            continue
        body = json.loads(document["body"])
        if body["epoch"] != bundle["epoch"]:
            continue
        if lost_behind[0] < body["size"] <= lost_behind[1]:
            reached = True  # Named as lost by the first entry of the next epoch.
        elif body["size"] in heads:
            if heads[body["size"]] != body["head"]:
                result.tampered.append(f"TRUNCATED or REWRITTEN at or before entry {body['size']}: the anchor disagrees")
            reached = reached or body["size"] > bundle["start"]["size"]
        elif body["size"] > last and bundle["format"] == TRAIL:
            result.tampered.append(f"TRUNCATED: the anchor knows {body['size']} entries, {last} are here")
            reached = True
    if not reached:
        result.missing.append("the anchor does not reach this stretch of the trail: the tail is not proven")


def _check_evidence(bundle: dict, told: dict[int, dict], result: Result) -> None:
    """Every reading must have been recorded in the trail, every recorded one must be here, and the verdict must follow from them."""
    here = Counter(sha256(text.encode()) for text in bundle["checks"])
    recorded = Counter(digest for entry in told.values() if entry["kind"] == "leg_checks" for digest in entry["payload"]["checks"])
    result.tampered += [f"a leg check that the trail does not know: {digest[:16]}" for digest in sorted(here - recorded)]
    result.tampered += [f"a leg check that the trail knows is missing: {digest[:16]}" for digest in sorted(recorded - here)]
    last = {entry["kind"]: entry["payload"] for entry in told.values()}
    if "session_started" not in last:
        result.tampered.append("the entry that started the session is missing")
    if "evidence_sealed" not in last:
        result.missing.append("the session was not sealed yet: it has not ended")
    elif sha256(bundle["session"].encode()) != last["evidence_sealed"]["document"]:
        result.tampered.append("the session's summary is not the one that was sealed")
    session = json.loads(bundle["session"])
    checks = [one for one in map(json.loads, bundle["checks"]) if one.get("what") == "check"]
    if "evidence_sealed" in last:
        result.tampered += [f"the summary says more than was read: {why}" for why in _overstated(session, checks, told)]
    result.tampered += [f"a check calls leg {one['leg']} secure at {one['at']}, and {why}"
                        for one in checks if one["verdict"] == "secure" for why in _not_read_so(one, here)]
    result.said.append(f"session {session['number']} of occurrence {session['occurrence']}: verdict {session['verdict']}")
    if session.get("simulated"):
        result.said.append("SIMULATED DEVICES: this proves nothing about a real conference")
    if (trusted := session.get("clock", {}).get("trusted", "yes")) != "yes":
        result.said.append(f"THE TIME IS NOT PROVEN: whether the server's clock was right is answered with {trusted!r}")
    for leg in session["legs"]:
        result.said.append(f"  {leg['room']}: {leg['state']}, verdict {leg['verdict']}" + (f" ({leg['finding']})" if leg["finding"] else ""))
        result.said += [f"    override {one['override']}: {one['decision']}" for one in session.get("overrides", []) if one["leg"] == leg["leg"]]
        result.said += [f"    not read from {gap['begun_at']} to {gap['ended_at'] or 'the end'} ({gap['reason']})"
                        for gap in session["gaps"] if gap["leg"] == leg["leg"]]


def _overstated(session: dict, checks: list[dict], told: dict[int, dict]) -> Iterator[str]:
    """Yield where a sealed summary is better than the readings and entries it was made of."""
    latest, is_secure = {one["leg"]: one["verdict"] for one in sorted(checks, key=lambda one: one["at"])}, session["verdict"] == "secure"
    gaps = Counter(entry["payload"]["leg"] for entry in told.values() if entry["kind"] == "gap")
    overrides = {entry["payload"]["override"] for entry in told.values() if entry["kind"] == "override_asked"}
    live, at = next((number for number, entry in told.items() if entry["kind"] == "session_live"), None), session["live_at"]
    yield from (why for is_so, why in (
        (any(leg["verdict"] == "secure" != latest.get(leg["leg"]) for leg in session["legs"]), "a leg is called secure, its last check is not"),
        (gaps != Counter(gap["leg"] for gap in session["gaps"]), "its gaps are not those of the trail"),
        (overrides != {one["override"] for one in session.get("overrides", [])}, "its overrides are not those of the trail"),
        (is_secure and (live is None or at is None), "it is called secure and was never live"),
        (is_secure and live and (told[live]["payload"]["verdict"] != "secure" or any(
            number > live and entry["kind"] in WORSE for number, entry in told.items())), "it is called secure, and the trail knows better"),
        (is_secure and at and any(one["verdict"] != "secure" and one["at"] > at for one in checks),
         "it is called secure, and a check after its start is not")) if is_so)


def _not_read_so(check: dict, here: Counter[str]) -> Iterator[str]:
    """Yield why a check that is called secure is none, judged anew from its ends: two bridges say a word each, a host that mixes all its calls."""
    seen, required, way = check["observed"], check["required"], check.get("way", "room")
    near, bridge, approved = seen.get("mixes", [seen["codec"]]), seen["bridge"], {name.casefold() for name in required["suites"]}
    if way == "guest" or not near or None in near or (bridge is None and way != "host"):
        yield "one end was not read"
        return
    for streams, grade, suite, one in ((one["streams"], one["grade"], one["suite"], one) for one in near):
        heard, known = {stream["direction"] for stream in streams if stream["media"] == "audio"}, (suite or "").casefold() in approved
        yield from (why for is_so, why in (
            ({one["encrypted"], *(stream["encrypted"] for stream in streams)} != {"yes"}, "not everything was read as encrypted"),
            (way != "link" and (grade not in ("A", "B") or grade > required["min_grade"]), "the proof is of a lower grade than required"),
            (grade == "A" and not heard >= {"incoming", "outgoing"}, "the sound did not flow both ways"),
            (way != "link" and not known and (suite is not None or grade != "A"), "the cipher is none that was approved")) if is_so)
    yield from (why for is_so, why in (
        (bridge and {one["encrypted"] for one in bridge["participants"]} != {"yes"}, "the bridge's end was not read as encrypted"),
        (bridge and bridge["reading"] not in here, "the bridge's reading is not here"),
        (seen["extra_calls"], "another call was up")) if is_so)


def read_anchor(path: str) -> list[dict]:
    with open(path, encoding="utf-8") as lines:  # noqa: PTH123 - stands alone, kept plain
        return [json.loads(line) for line in lines if line.strip()]


def one_line(value: object) -> str:
    """Return JSON as roomctl writes it: each byte of a file counts, so there is one way to write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_lines(lines: Iterator[str]) -> Iterator[dict]:
    """Yield each epoch of a trail that is written line by line: what holds for all of it, then its entries one by one."""

    def read(line: str) -> dict:
        value = json.loads(line)
        if one_line(value) != line.removesuffix("\n"):
            raise ValueError("a line is not as roomctl wrote it")
        return value

    def entries() -> Iterator[dict]:
        for item in map(read, lines):
            if "epoch" in item:
                following.append(item)
                return
            yield item

    following = [common := read(next(lines))]
    while following:
        yield {**common, **following.pop(), "entries": entries()}


def check_file(path: str, **trusted) -> Result:
    """Check a file of any kind: an evidence zip, a trail as one JSON value, a trail line by line.  Raises OSError."""
    with open(path, "rb") as plain:  # noqa: PTH123
        first = plain.readline()
        plain.seek(0)
        try:
            if first.startswith(b'{"format":') and b'"entries":' not in first:
                return check(read_lines(line.decode() for line in plain), **trusted)
            if not first.startswith(b"PK"):
                return check(json.load(plain), **trusted)
            with zipfile.ZipFile(io.BytesIO(plain.read())) as archive:
                damaged, text = archive.testzip(), archive.read("bundle.json").decode()
            if damaged or one_line(bundle := json.loads(text)) != text:
                raise ValueError(f"{damaged or 'bundle.json'} is not as roomctl wrote it")
            return check(bundle, **trusted)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, KeyError, ValueError) as error:
            return Result(tampered=[f"the file is damaged: {error}"])


def report(result: Result) -> str:
    """Return the verdict and its reasons, one a line."""
    words = {WHOLE: "WHOLE: nothing was changed, removed or added", TAMPERED: "TAMPERED", INCOMPLETE: "INCOMPLETE: not everything could be checked"}
    return "\n".join([words[result.exit_code], *(f"- {line}" for line in result.tampered + result.missing), *result.said])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", help="an evidence .zip, or a file written by `roomctl trail export`")
    parser.add_argument("--key", help="fingerprint of the trusted key (64 hex digits)")
    parser.add_argument("--anchor", help="file of signed checkpoints, kept elsewhere")
    parser.add_argument("--witness", help="fingerprint of a witness's key, asked at the witness itself")
    parser.add_argument("--sheet", help="text of a printed sheet (what its QR code says)")
    parser.add_argument("--json", action="store_true", help="answer as JSON, for programs")
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as stop:
        return USAGE if stop.code else WHOLE
    try:
        anchor = read_anchor(chosen.anchor) if chosen.anchor else None
        result = check_file(chosen.file, key=chosen.key, anchor=anchor, witness=chosen.witness, sheet=chosen.sheet)
    except (OSError, ValueError) as error:
        print(f"The file or the anchor cannot be read: {error}", file=sys.stderr)
        return USAGE
    print(one_line({"exit_code": result.exit_code, **asdict(result)}) if chosen.json else report(result))
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
