"""A witness signs that the trail grew, and never that it shrank, was rewritten, or came from somebody else."""

import json
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomctl.audit import anchors, chain, keys, tables, trail, upkeep, verify, witness
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction


def request(kept, *, after: int, size: int) -> dict:
    """Return what the server sends a witness that knows `after` entries."""
    db.session.rollback()
    epoch = tables.current_epoch().epoch
    row = tables.longest_checkpoint(epoch, until=size)
    return {"checkpoint": trail.as_document(row), "after": after, **trail.who_signs(),
            "leaves": [chain.leaf_of(header) for header in tables.headers_between(epoch, after, row.size)]}


@pytest.fixture
def watching(kept, tmp_path) -> witness.Witness:
    return witness.Witness(tmp_path / "witness", kept.key)


@pytest.fixture
def answering(watching):
    """The witness at work; yields its address."""
    serving = witness.server(watching, "127.0.0.1", 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


def test_it_signs_that_the_trail_grew(kept, watching):
    first = json.loads(watching.grow(request(kept, after=0, size=3))["body"])
    second = json.loads(watching.grow(request(kept, after=3, size=9))["body"])

    assert (first["size"], second["size"], second["what"]) == (3, 9, witness.WHAT)
    assert second["head"] == tables.head_at(second["epoch"], 9)


def test_it_does_not_sign_that_the_trail_shrank(kept, watching):
    watching.grow(request(kept, after=0, size=9))

    with pytest.raises(witness.Refusal, match="knows 9 entries"):
        watching.grow(request(kept, after=6, size=6))


def test_it_does_not_sign_a_rewritten_trail(kept, watching):
    watching.grow(request(kept, after=0, size=6))
    wanted = request(kept, after=6, size=9)
    wanted["leaves"][0] = "00" * 32

    with pytest.raises(witness.Refusal, match="does not lead"):
        watching.grow(wanted)


def test_it_does_not_sign_for_a_key_it_was_not_told_to_trust(kept, tmp_path):
    other = witness.Witness(tmp_path / "other", keys.fingerprint_of(Ed25519PrivateKey.generate()))

    with pytest.raises(witness.Refusal, match="trust"):
        other.grow(request(kept, after=0, size=3))


def test_it_does_not_sign_a_checkpoint_whose_signature_is_wrong(kept, watching):
    wanted = request(kept, after=0, size=3)
    wanted["checkpoint"]["signature"] = "00" * 64

    with pytest.raises(witness.Refusal, match="signature"):
        watching.grow(wanted)


def test_it_follows_a_change_of_key_that_both_keys_signed(kept, watching):
    watching.grow(request(kept, after=0, size=9))
    upkeep.rotate_key(by=None)

    told = watching.grow(request(kept, after=9, size=100))

    assert json.loads(told["body"])["size"] == 10


def test_it_knows_after_a_restart_what_it_signed_before(kept, watching, tmp_path):
    watching.grow(request(kept, after=0, size=6))

    again = witness.Witness(tmp_path / "witness", None)

    assert again.known == watching.known and again.fingerprint == watching.fingerprint and again.trusted == kept.key


def test_a_line_cut_by_a_power_failure_is_as_if_it_had_never_been_signed(kept, watching, tmp_path):
    watching.grow(request(kept, after=0, size=3))
    watching.grow(request(kept, after=3, size=6))
    path = tmp_path / "witness" / "seen.jsonl"
    path.write_text(path.read_text()[:-40])

    again = witness.Witness(tmp_path / "witness", None)

    assert [size for size, _ in again.known.values()] == [3]
    assert again.grow(request(kept, after=3, size=9))["body"]


@pytest.mark.parametrize("wanted", [{}, [], {"checkpoint": {"body": "{}"}}, {"checkpoint": None}, "x"])
def test_nonsense_is_refused_and_never_a_crash(watching, wanted):
    with pytest.raises(witness.Refusal):
        watching.grow(wanted)


# On its way


@pytest.fixture
def delivered(app, kept, answering, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", kept.settings.__class__(**{**vars(kept.settings), "witnesses": (answering,)}))
    anchors.deliver()
    return answering


def test_what_a_witness_signed_stands_for_the_anchor(kept, delivered, watching):
    result = verify.check(kept.bundle(), key=kept.key, anchor=None, witness=watching.fingerprint)

    assert (result.exit_code, result.tampered, result.missing) == (verify.WHOLE, [], [])


def test_a_cut_tail_is_found_by_what_the_witness_signed(kept, delivered, watching):
    kept.sql("DELETE FROM trail_entries WHERE seq > 6")
    kept.sql("DELETE FROM trail_checkpoints WHERE size > 6")

    result = verify.check(kept.bundle(), key=kept.key, anchor=None, witness=watching.fingerprint)

    assert result.exit_code == verify.TAMPERED


def test_a_witness_nobody_trusts_proves_nothing(kept, delivered):
    result = verify.check(kept.bundle(), key=kept.key, anchor=None, witness="00" * 32)

    assert result.exit_code == verify.INCOMPLETE


def test_a_forged_statement_of_the_witness_is_tampered(kept, delivered, watching):
    kept.sql("UPDATE trail_cosignatures SET body = :body", body=kept.rows("SELECT body FROM trail_cosignatures")[0].body + b" ")

    assert verify.check(kept.bundle(), key=kept.key, anchor=None, witness=watching.fingerprint).exit_code == verify.TAMPERED


def test_delivering_twice_asks_for_nothing_twice(kept, delivered):
    anchors.deliver()

    assert len(kept.rows("SELECT * FROM trail_cosignatures")) == 1


def test_the_witness_is_brought_what_came_since(kept, delivered, watching):
    with write_transaction():
        trail.append(EventKind.SIGNED_IN, subject="user:10")
    trail.checkpoint()

    anchors.deliver()

    assert next(iter(watching.known.values()))[0] == 10


def test_a_witness_that_refuses_is_named_with_its_words(kept, delivered, watching):
    watching.known = dict.fromkeys(watching.known, (6, "00" * 32))  # It has seen another trail than this one.

    anchors.deliver()

    assert "does not lead" in tables.deliveries()[0].error


def test_a_witness_that_is_away_does_not_keep_others_waiting(app, kept, answering, watching, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", kept.settings.__class__(**{**vars(kept.settings), "witnesses": ("http://127.0.0.1:9", answering)}))

    anchors.deliver()

    errors = {row.place: row.error for row in tables.deliveries()}
    assert errors["http://127.0.0.1:9"] and errors[answering] == ""
    assert next(iter(watching.known.values()))[0] == 9
