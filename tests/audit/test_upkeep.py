"""A restored database says what it has lost, and old payloads go without breaking the chain."""

from datetime import timedelta

import pytest
from builders import NOW

from roomctl.audit import trail, upkeep, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.errors import Refused


def restore(kept, *, kept_entries: int) -> None:
    """Put the database back to where it stood after some entries, as a backup does; the anchor is not in it."""
    kept.sql("DELETE FROM trail_entries WHERE seq > :kept", kept=kept_entries)
    kept.sql("DELETE FROM trail_payloads WHERE seq > :kept", kept=kept_entries)
    kept.sql("DELETE FROM trail_checkpoints WHERE size > :kept", kept=kept_entries)


def anchor_of(kept) -> list[dict]:
    return verify.read_anchor(str(trail.anchor_file(kept.settings)))


def sign_in(kept, number: int) -> None:
    with write_transaction():
        trail.append(EventKind.SIGNED_IN, actor=number, subject=f"user:{number}")


def test_a_restored_database_opens_a_new_epoch_that_names_what_was_lost(kept):
    restore(kept, kept_entries=6)

    lost = upkeep.open_epoch_after_restore()

    assert lost == (6, 9)
    assert [row.kind for row in kept.rows("SELECT kind FROM trail_entries WHERE epoch = (SELECT epoch FROM trail_epochs ORDER BY id DESC LIMIT 1)")] \
        == [EventKind.EPOCH_OPENED]


def test_what_was_lost_is_incomplete_and_named_not_whole_and_not_tampered(kept):
    restore(kept, kept_entries=6)
    upkeep.open_epoch_after_restore()
    sign_in(kept, 10)
    trail.checkpoint()

    result = kept.check(anchor=anchor_of(kept))

    assert (result.exit_code, result.tampered) == (verify.INCOMPLETE, [])
    assert len(result.missing) == 1 and result.missing[0].startswith("LOST: a restored database kept 6 of the 9 entries")


def test_entries_written_after_the_restore_and_before_it_was_noticed_do_not_hide_the_loss(kept):
    restore(kept, kept_entries=6)
    for number in range(20, 25):  # Longer than what was lost.
        sign_in(kept, number)

    assert upkeep.open_epoch_after_restore() == (6, 9)


def test_a_loss_beyond_what_was_named_is_tampered(kept):
    restore(kept, kept_entries=6)
    upkeep.open_epoch_after_restore()
    restore_again = anchor_of(kept)

    kept.sql("DELETE FROM trail_entries WHERE seq = 6 AND epoch = (SELECT epoch FROM trail_epochs ORDER BY id LIMIT 1)")

    assert kept.check(anchor=restore_again).exit_code == verify.TAMPERED


def test_a_database_that_lacks_nothing_keeps_its_epoch(kept):
    sign_in(kept, 10)  # Newer than the anchor, as after any crash.

    assert upkeep.open_epoch_after_restore() is None
    assert len(kept.rows("SELECT * FROM trail_epochs")) == 1


def test_a_loss_is_named_once(kept):
    restore(kept, kept_entries=6)
    upkeep.open_epoch_after_restore()

    assert upkeep.open_epoch_after_restore() is None


def test_an_installation_without_a_trail_opens_nothing(app):
    assert upkeep.open_epoch_after_restore() is None


def test_payloads_older_than_a_year_go_and_the_chain_stays_whole(kept, set_clock):
    set_clock.at = NOW + timedelta(days=400)
    sign_in(kept, 10)

    assert upkeep.expire_payloads(timedelta(days=365), by=None) == 9

    trail.checkpoint()
    assert kept.rows("SELECT seq FROM trail_payloads ORDER BY seq") == [(10,), (11,)]
    assert kept.check(anchor=anchor_of(kept)).exit_code == verify.WHOLE


def test_what_the_evidence_of_sessions_needs_does_not_expire(kept, set_clock):
    with write_transaction():
        trail.append(EventKind.LEG_CHECKS, subject="session:1", checks=[])
    set_clock.at = NOW + timedelta(days=4000)

    upkeep.expire_payloads(timedelta(days=365), by=None)

    assert (10,) in kept.rows("SELECT seq FROM trail_payloads")


def test_payloads_are_kept_for_a_year_at_least(kept):
    with pytest.raises(Refused, match="kept_too_short"):
        upkeep.expire_payloads(timedelta(days=364), by=None)
