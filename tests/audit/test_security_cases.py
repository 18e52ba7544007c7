"""What others' logs and ledgers were caught at, tried on ours; the numbers are those of the collected cases."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomctl.audit import keys, tables, trail, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.audit.witness import Witness
from roomctl.database import db, write_transaction


def append(count: int) -> None:
    for number in range(count):
        with write_transaction():
            trail.append(EventKind.SIGNED_IN, actor=number, subject=f"user:{number}")


@pytest.fixture
def seen(kept, tmp_path):
    """A trail of 100 entries whose first 90 a witness has signed; the server forgets 81 to 100 and goes on as if nothing had been."""
    append(81)
    witness = Witness(tmp_path / "witness", kept.key)
    row, epoch = trail.checkpoint(), tables.current_epoch().epoch
    headers = tables.headers_between(epoch, 0, row.size)
    signed = witness.grow({"checkpoint": trail.as_document(row), "after": 0, **trail.who_signs(),
                           "leaves": [verify.sha256(b"\x00" + header) for header in headers]})
    append(10)
    db.session.rollback()
    for table in ("trail_entries", "trail_payloads"):
        kept.sql(f"DELETE FROM {table} WHERE seq > 80")  # noqa: S608 - the test's own words
    kept.sql("DELETE FROM trail_checkpoints WHERE size > 80")
    append(5)
    trail.checkpoint()
    return witness, {**signed, "key": witness.fingerprint}


def test_security_case_s07_a_trail_that_was_cut_and_went_on_is_found_by_its_witness(kept, seen):
    witness, statement = seen
    bundle = kept.bundle()
    bundle["cosignatures"].append(statement)

    result = verify.check(bundle, key=kept.key, anchor=None, witness=witness.fingerprint)

    assert result.exit_code == verify.TAMPERED
    assert [line for line in result.tampered if line.startswith("TRUNCATED")] == ["TRUNCATED: the anchor knows 90 entries, 85 are here"]


def test_security_case_s07_a_cut_trail_that_grew_past_its_witness_is_found_too(kept, seen):
    witness, statement = seen
    append(20)
    trail.checkpoint()
    bundle = kept.bundle()
    bundle["cosignatures"].append(statement)

    result = verify.check(bundle, key=kept.key, anchor=None, witness=witness.fingerprint)

    assert "TRUNCATED or REWRITTEN at or before entry 90: the anchor disagrees" in result.tampered


def test_security_case_s07_without_anything_kept_elsewhere_the_tail_is_not_proven(kept, seen):
    result = verify.check(kept.bundle(), key=kept.key, anchor=None)

    assert (result.exit_code, result.missing) == (verify.INCOMPLETE, ["no anchor given: the tail is not proven"])


def test_security_case_s08_a_trail_without_its_checkpoints_is_unsealed_and_never_whole(kept):
    kept.sql("DELETE FROM trail_checkpoints")

    result = kept.check(anchor=None)

    assert (result.exit_code, "nothing here is signed: unsealed" in result.missing) == (verify.INCOMPLETE, True)


def test_security_case_s08_another_key_is_refused_every_one_of_a_hundred_times(kept):
    bundle = kept.bundle()
    others = [Ed25519PrivateKey.generate() for _ in range(100)]

    found = {verify.check(bundle, key=keys.fingerprint_of(other), anchor=kept.anchor).exit_code for other in others}

    assert found == {verify.TAMPERED}


def test_security_case_s08_a_key_that_is_added_to_the_file_gains_nothing(kept):
    other = Ed25519PrivateKey.generate()
    bundle = kept.bundle()
    bundle["keys"].append({"fingerprint": keys.fingerprint_of(other), "public": keys.raw_public(other).hex()})

    assert verify.check(bundle, key=keys.fingerprint_of(other), anchor=kept.anchor).exit_code == verify.TAMPERED


@pytest.mark.parametrize("seq", [4, 5])
def test_security_case_s09_an_entry_strictly_between_two_valid_checkpoints_is_checked(kept, seq):
    kept.forge_header(seq, actor=99)

    result = kept.check()

    assert f"entry {seq}: the chain breaks here" in result.tampered


@pytest.mark.parametrize("seq", [4, 5])
def test_security_case_s09_so_is_one_whose_heads_were_made_to_follow(kept, seq):
    kept.forge_header(seq, actor=99)
    kept.rewrite_heads()

    result = kept.check(anchor=None)

    assert "the chain differs from the checkpoint at or before entry 6" in result.tampered
