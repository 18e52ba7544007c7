"""Whoever tampers with the stored trail is found out, and what cannot be proven is not called whole."""

from copy import deepcopy

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomctl.audit import trail, verify
from roomctl.audit.verify import INCOMPLETE, TAMPERED, WHOLE


def test_an_untouched_trail_is_whole(kept):
    result = kept.check()

    assert (result.exit_code, result.tampered, result.missing) == (WHOLE, [], [])


def test_entries_behind_the_last_checkpoint_are_not_proven(kept):
    kept.sql("DELETE FROM trail_checkpoints WHERE size = 9")

    result = kept.check(anchor=kept.anchor[:2])

    assert result.missing == ["entries 7 to 9 are newer than the last signed checkpoint: not proven"]
    assert result.exit_code == verify.INCOMPLETE


# Somebody changes rows and leaves the hashes as they were.

CLUMSY = {
    "an edited header": lambda kept: kept.forge_header(5, actor=99),
    "a header that is not JSON": lambda kept: kept.sql("UPDATE trail_entries SET header = :it WHERE seq = 5", it=b"{"),
    "a header with one more blank": lambda kept: kept.sql("UPDATE trail_entries SET header = CAST(header || ' ' AS BLOB) WHERE seq = 5"),
    "an edited payload": lambda kept: kept.sql("UPDATE trail_payloads SET payload = :it WHERE seq = 5", it=b'{"note":"khac"}'),
    "the payload of another": lambda kept: kept.sql(
        "UPDATE trail_payloads SET payload = (SELECT payload FROM trail_payloads WHERE seq = 4) WHERE seq = 5"),
    "an edited head": lambda kept: kept.sql("UPDATE trail_entries SET head = :it WHERE seq = 5", it="00" * 32),
    "a deleted entry": lambda kept: kept.sql("DELETE FROM trail_entries WHERE seq = 5"),
    "a deleted first entry": lambda kept: kept.sql("DELETE FROM trail_entries WHERE seq = 1"),
    "no entries at all": lambda kept: kept.sql("DELETE FROM trail_entries"),
    "an inserted entry": lambda kept: insert_at(kept, 5),
    "two entries in each other's place": lambda kept: swap(kept, 4, 5),
}


def insert_at(kept, seq: int) -> None:
    for row in kept.rows("SELECT id, seq FROM trail_entries WHERE seq >= :seq ORDER BY seq DESC", seq=seq):
        kept.sql("UPDATE trail_entries SET seq = :seq WHERE id = :id", seq=row.seq + 1, id=row.id)
    kept.sql("INSERT INTO trail_entries (epoch, seq, header, prev, head, kind, at, subject, outcome) "
             "SELECT epoch, :seq, header, 'new', head, kind, at, subject, outcome FROM trail_entries WHERE seq = :before",
             seq=seq, before=seq - 1)


def swap(kept, one: int, other: int) -> None:
    for old, new in ((one, 100), (other, one), (100, other)):
        kept.sql("UPDATE trail_entries SET seq = :new WHERE seq = :old", old=old, new=new)


@pytest.mark.parametrize("how", CLUMSY)
def test_a_clumsy_forgery_is_tampered(kept, how):
    CLUMSY[how](kept)

    assert kept.check().exit_code == TAMPERED


# Somebody knows the rule and makes every head follow again; the signed checkpoints still know better.


@pytest.mark.parametrize("seq", range(1, 10))
def test_a_rewritten_entry_is_tampered_wherever_it_stands_between_checkpoints(kept, seq):
    kept.forge_header(seq, actor=99)
    kept.rewrite_heads()

    assert kept.check(anchor=None).exit_code == TAMPERED


def test_a_rewrite_without_checkpoints_is_only_seen_by_the_anchor(kept):
    kept.forge_header(5, actor=99)
    kept.rewrite_heads()
    kept.sql("DELETE FROM trail_checkpoints")

    with_anchor, without = kept.check(), kept.check(anchor=None)

    assert (with_anchor.exit_code, without.exit_code) == (TAMPERED, INCOMPLETE)
    assert any("REWRITTEN" in line for line in with_anchor.tampered)


def test_a_removed_entry_closed_up_and_renumbered_is_tampered(kept):
    kept.sql("DELETE FROM trail_entries WHERE seq = 5")
    for seq in range(6, 10):
        kept.sql("UPDATE trail_entries SET seq = :new WHERE seq = :old", new=seq - 1, old=seq)
        kept.forge_header(seq - 1, seq=seq - 1)
    kept.rewrite_heads()

    assert kept.check(anchor=None).exit_code == TAMPERED


def cut_tail(kept, *, after: int) -> None:
    kept.sql("DELETE FROM trail_entries WHERE seq > :seq", seq=after)
    kept.sql("DELETE FROM trail_checkpoints WHERE size > :seq", seq=after)


@pytest.mark.parametrize("after", range(1, 9))
def test_a_cut_tail_is_truncated_against_the_anchor(kept, after):
    cut_tail(kept, after=after)

    result = kept.check()

    assert result.exit_code == TAMPERED
    assert any(line.startswith("TRUNCATED") for line in result.tampered)


def test_a_cut_tail_without_an_anchor_is_not_proven(kept):
    cut_tail(kept, after=6)

    result = kept.check(anchor=None)

    assert result.exit_code == INCOMPLETE
    assert result.missing == ["no anchor given: the tail is not proven"]


def test_a_cut_that_forgets_the_checkpoints_is_tampered_even_without_an_anchor(kept):
    kept.sql("DELETE FROM trail_entries WHERE seq > 7")

    assert kept.check(anchor=None).exit_code == TAMPERED


def test_without_checkpoints_and_anchor_a_trail_is_unsealed(kept):
    kept.sql("DELETE FROM trail_checkpoints")

    result = kept.check(anchor=None)

    assert result.exit_code == INCOMPLETE
    assert "nothing here is signed: unsealed" in result.missing


def test_an_anchor_of_another_epoch_proves_nothing(kept):
    kept.sql("DELETE FROM trail_checkpoints")

    assert kept.check(anchor=[]).exit_code == INCOMPLETE


# Keys


def test_without_a_trusted_key_nothing_is_whole(kept):
    assert kept.check(key=None).exit_code == INCOMPLETE


def test_another_trusted_key_than_the_one_that_signed_is_tampered(kept):
    assert kept.check(key="00" * 32).exit_code == TAMPERED


def test_a_trusted_key_may_be_typed_in_capitals(kept):
    assert kept.check(key=kept.key.upper()).exit_code == WHOLE


def test_an_old_checkpoint_signed_again_with_another_key_is_tampered(kept):
    row = kept.rows("SELECT body FROM trail_checkpoints WHERE size = 3")[0]

    kept.sql("UPDATE trail_checkpoints SET signature = :it WHERE size = 3", it=Ed25519PrivateKey.generate().sign(row.body))

    assert kept.check().exit_code == TAMPERED


def test_a_rewrite_signed_throughout_with_a_forgers_key_is_tampered(kept):
    forger = Ed25519PrivateKey.generate()
    kept.forge_header(5, actor=99)
    kept.rewrite_heads()
    bundle = kept.bundle()
    public = forger.public_key().public_bytes_raw()
    heads = {item["seq"]: item["head"] for item in bundle["entries"]}
    for document in bundle["checkpoints"]:
        size = int(document["body"].split('"size":')[1].rstrip("}"))
        document["body"] = document["body"].replace(document["body"].split('"head":"')[1][:64], heads[size])
        document["signature"], document["key"] = forger.sign(document["body"].encode()).hex(), verify.fingerprint(public)
    bundle["keys"].append({"fingerprint": kept.key, "public": public.hex()})  # Claims the trusted fingerprint for its own key.

    assert verify.check(bundle, key=kept.key, anchor=None).exit_code == TAMPERED


def test_an_anchor_line_that_nobody_trusted_signed_is_tampered(kept):
    anchor = deepcopy(kept.anchor)
    anchor[1]["signature"] = "00" * 64

    assert kept.check(anchor=anchor).exit_code == TAMPERED


NONSENSE = [[], {}, {"start": None}, "text", None, {"start": {"size": 0, "head": ""}, "entries": [None], "epoch": "x"}]


@pytest.mark.parametrize("bundle", NONSENSE)
def test_what_is_not_a_trail_is_tampered_and_never_a_crash(bundle):
    assert verify.check(bundle, key="00" * 32, anchor=[]).exit_code == TAMPERED


def test_an_empty_trail_is_not_whole(app):
    assert verify.check(trail.whole_trail(), key="00" * 32, anchor=[]).exit_code != WHOLE


def test_each_break_is_named_where_it_is_and_not_at_every_entry_behind_it(kept):
    kept.sql("UPDATE trail_entries SET header = CAST(replace(CAST(header AS TEXT), 'done', 'none') AS BLOB) WHERE seq = 2")

    assert [line for line in kept.check().tampered if "the chain breaks" in line] == ["entry 2: the chain breaks here"]
