"""The trail's key changes by a statement of both keys; an old stretch sealed anew with a newer key is found out."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomctl.audit import keys, tables, trail, upkeep, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.errors import Refused


def another_entry(note: str) -> None:
    with write_transaction():
        trail.append(EventKind.SIGNED_IN, subject="user:99", note=note)
    trail.checkpoint()


def anchor_of(kept) -> list[dict]:
    return verify.read_anchor(str(trail.anchor_file(kept.settings)))


@pytest.fixture
def rotated(kept):
    """A trail whose key changed after the ninth entry, with an entry behind that."""
    kept.new_key = upkeep.rotate_key(by=None)
    another_entry("sau khi đổi khóa")
    return kept


def test_the_former_fingerprint_and_the_new_one_both_verify_the_whole_trail(rotated):
    assert rotated.new_key != rotated.key
    for key in (rotated.key, rotated.new_key):
        result = rotated.check(key=key, anchor=anchor_of(rotated))
        assert (result.exit_code, result.tampered, result.missing) == (verify.WHOLE, [], [])


def test_a_change_of_key_is_an_entry_of_the_trail(rotated):
    kinds = [row.kind for row in rotated.rows("SELECT kind FROM trail_entries ORDER BY seq")]

    assert kinds[9] == EventKind.TRAIL_KEY_ROTATED


def test_the_former_private_key_is_gone(rotated):
    held = keys.signing_key(rotated.settings)

    assert keys.fingerprint_of(held) == rotated.new_key
    assert not keys.next_file(rotated.settings).exists()


def test_security_case_s08_an_old_checkpoint_signed_again_with_the_newer_key_is_tampered(rotated):
    row = rotated.rows("SELECT body FROM trail_checkpoints WHERE size = 6")[0]
    new = keys.signing_key(rotated.settings)
    rotated.sql("UPDATE trail_checkpoints SET signature = :by, key = :key WHERE size = 6", by=new.sign(row.body), key=rotated.new_key)

    result = rotated.check(key=rotated.key, anchor=anchor_of(rotated))

    assert result.exit_code == verify.TAMPERED
    assert "the checkpoint at 6 is not signed by the trusted key" in result.tampered


def test_a_checkpoint_behind_the_change_signed_with_the_former_key_is_tampered(kept):
    former = keys.signing_key(kept.settings)
    upkeep.rotate_key(by=None)
    another_entry("sau khi đổi khóa")
    row = kept.rows("SELECT body, size FROM trail_checkpoints ORDER BY size DESC")[0]
    kept.sql("UPDATE trail_checkpoints SET signature = :by, key = :key WHERE size = :size", by=former.sign(row.body), key=kept.key, size=row.size)

    assert kept.check().exit_code == verify.TAMPERED


def test_a_change_that_the_former_key_did_not_sign_is_tampered(rotated):
    stranger = Ed25519PrivateKey.generate()
    statement = rotated.rows("SELECT statement FROM trail_key_changes")[0].statement
    rotated.sql("UPDATE trail_key_changes SET by_former = :by", by=stranger.sign(statement))

    result = rotated.check(key=rotated.key, anchor=anchor_of(rotated))

    assert any("not signed by both keys" in line for line in result.tampered)


def test_a_change_that_is_not_in_the_trail_is_tampered(rotated):
    rotated.forge_header(10, kind="signed_in")

    assert any("a change of key after entry 9 is not in the trail" in line for line in rotated.check().tampered)


def test_keys_may_change_many_times(kept):
    fingerprints = [kept.key]
    for number in range(3):
        another_entry(f"trước lần đổi {number}")
        fingerprints.append(upkeep.rotate_key(by=None))

    for key in fingerprints:
        assert kept.check(key=key, anchor=anchor_of(kept)).exit_code == verify.WHOLE


def test_a_kill_between_the_commit_and_the_new_file_is_mended_by_whoever_signs_next(kept, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(keys, "take_over", lambda settings: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            upkeep.rotate_key(by=None)
    db.session.rollback()

    another_entry("sau khi bị ngắt")

    assert kept.check(anchor=anchor_of(kept)).exit_code == verify.WHOLE
    assert not keys.next_file(kept.settings).exists()


def test_a_kill_before_the_commit_leaves_the_former_key(kept, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(trail, "append", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            upkeep.rotate_key(by=None)
    db.session.rollback()

    assert keys.fingerprint_of(keys.signing_key(kept.settings)) == kept.key
    assert tables.key_changes() == []


def test_nothing_is_signed_with_a_key_that_the_trail_does_not_name(rotated):
    (rotated.settings.home / "secrets" / keys.NAME).write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())

    with pytest.raises(keys.SigningKeyLost):
        trail.public_key(rotated.settings)


def test_an_empty_trail_has_no_key_to_change(app):
    with pytest.raises(Refused, match="trail_is_empty"):
        upkeep.rotate_key(by=None)


def test_evidence_that_lies_wholly_before_the_change_is_still_verified_by_either_key(rotated):
    bundle = trail.export_document(epoch=rotated.rows("SELECT epoch FROM trail_epochs")[0].epoch, after=3,
                                   opened=(3, rotated.rows("SELECT head FROM trail_entries WHERE seq = 3")[0].head))
    bundle = {"format": verify.TRAIL, **json.loads(json.dumps(bundle))}

    for key in (rotated.key, rotated.new_key):
        assert verify.check(bundle, key=key, anchor=anchor_of(rotated)).exit_code == verify.WHOLE
