"""Entries are written in one chain, whoever writes and from wherever."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from roomctl.audit import chain, tables, trail, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.audit.tables import TrailEntry
from roomctl.database import db, write_transaction


def append_one(subject: str = "user:1") -> None:
    with write_transaction():
        trail.append(EventKind.SIGNED_IN, actor=1, subject=subject)


def entries() -> list[TrailEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(TrailEntry).order_by(TrailEntry.seq)))


def test_the_first_entry_opens_an_epoch(app):
    append_one()

    entry, = entries()
    assert (entry.seq, entry.prev) == (1, chain.first_head(entry.epoch))


def test_each_entry_begins_where_the_last_one_ended(app):
    for _ in range(3):
        append_one()

    found = entries()
    assert [one.seq for one in found] == [1, 2, 3]
    assert [one.prev for one in found[1:]] == [one.head for one in found[:-1]]


def test_entries_of_one_transaction_keep_their_order(app):
    with write_transaction():
        for number in range(5):
            trail.append(EventKind.SIGNED_IN, subject=f"user:{number}")

    assert [one.subject for one in entries()] == [f"user:{number}" for number in range(5)]


def test_the_header_holds_what_the_design_names_and_not_the_payload(app, set_clock):
    with write_transaction():
        trail.append(EventKind.CONFERENCE_CANCELLED, actor=7, on_behalf="Chủ tịch", origin="10.0.0.1", subject="conference:3", unit=2,
                     classification="internal", outcome="done", reason="Hoãn họp")

    header = json.loads(entries()[0].header)
    digest, salt = header.pop("payload_digest"), header.pop("salt")
    assert header == {"v": 1, "seq": 1, "at": "2027-03-01T01:00:00.000000Z", "epoch": entries()[0].epoch, "kind": "conference_cancelled",
                      "actor": 7, "on_behalf": "Chủ tịch", "origin": "10.0.0.1", "subject": "conference:3", "unit": 2,
                      "classification": "internal", "outcome": "done"}
    assert digest == chain.payload_digest(salt, chain.canonical({"reason": "Hoãn họp"}))


def test_two_entries_that_say_the_same_have_different_salts(app, set_clock):
    append_one()
    append_one()

    salts = [json.loads(one.header)["salt"] for one in entries()]
    assert salts[0] != salts[1]


def test_many_who_append_at_once_never_fork_the_chain(app_on):
    together = threading.Barrier(2)

    def append_ten(number: int) -> None:
        with app_on.app_context():
            together.wait()
            for turn in range(10):
                append_one(f"user:{number}-{turn}")
            db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(append_ten, range(2)))

    assert [one.seq for one in entries()] == list(range(1, 21))
    trail.checkpoint()
    settings = app_on.config["SETTINGS"]
    result = verify.check(trail.whole_trail(), key=verify.fingerprint(trail.public_key(settings)),
                          anchor=verify.read_anchor(str(trail.anchor_file(settings))))
    assert (result.exit_code, result.tampered) == (verify.WHOLE, [])


@pytest.mark.parametrize("same", ["seq", "prev"])
def test_the_database_refuses_a_fork_even_if_the_lock_failed(app_on, same):
    append_one()
    append_one()
    facts = {column.name: getattr(entries()[1], column.name) for column in TrailEntry.__table__.columns if column.name != "id"}
    facts |= {"seq": 3} if same == "prev" else {"prev": "00" * 32}

    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(insert(TrailEntry.__table__).values(facts))


def test_an_expired_payload_does_not_break_the_chain(kept):
    kept.sql("DELETE FROM trail_payloads WHERE seq = 4")

    assert kept.check().exit_code == verify.WHOLE


def test_a_checkpoint_states_how_long_the_chain_is_and_its_head(app, set_clock):
    append_one()

    row = trail.checkpoint()

    assert json.loads(row.body) == {"origin": "roomctl", "epoch": entries()[0].epoch, "size": 1, "head": entries()[0].head,
                                    "at": "2027-03-01T01:00:00.000000Z"}


def test_an_empty_trail_has_no_checkpoint_and_no_anchor(app):
    assert trail.checkpoint() is None
    assert not trail.anchor_file(app.config["SETTINGS"]).exists()


def test_a_second_checkpoint_of_the_same_length_adds_nothing(app):
    append_one()

    first, second = trail.checkpoint(), trail.checkpoint()

    assert first.size == second.size
    assert len(verify.read_anchor(str(trail.anchor_file(app.config["SETTINGS"])))) == 1


def test_the_signing_key_is_kept_outside_the_database_and_for_its_owner_only(app):
    append_one()
    trail.checkpoint()

    path = app.config["SETTINGS"].home / "secrets" / "trail-signing-key"
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes() not in (app.config["SETTINGS"].home / "roomctl.db").read_bytes()


def test_a_change_of_the_search_columns_alone_does_not_change_what_is_exported(kept):
    before = kept.bundle()
    with db.engine.begin() as connection:
        connection.execute(update(TrailEntry.__table__).values(kind="signed_out"))

    assert kept.bundle() == before


def test_an_export_for_one_subject_tells_nothing_of_the_others_and_can_still_be_followed(kept):
    epoch = tables.current_epoch().epoch

    bundle = {"format": verify.TRAIL, **trail.export_document(epoch=epoch, after=0, opened=(0, chain.first_head(epoch)),
                                                              whole_for={"user:5"})}

    assert [item["seq"] for item in bundle["entries"] if "header" in item] == [5]
    assert "user:4" not in json.dumps(bundle)
    assert verify.check(bundle, key=kept.key, anchor=kept.anchor).exit_code == verify.WHOLE


def test_two_who_sign_at_once_sign_the_same_and_neither_meets_an_error(app_on):
    append_one()
    together = threading.Barrier(4)

    def sign(_) -> int:
        with app_on.app_context():
            together.wait()
            return trail.checkpoint().size

    with ThreadPoolExecutor(4) as pool:
        signed = list(pool.map(sign, range(4)))

    db.session.rollback()
    assert signed == [1] * 4
    assert len(tables.checkpoints(entries()[0].epoch)) == 1
