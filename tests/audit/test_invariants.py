"""What must always be true of the trail: it is, and whatever breaks it is named."""

import json

import pytest

from roomctl.audit import invariants, trail
from roomctl.database import snapshot


@pytest.fixture
def broken(kept):
    """Return what is broken now, with the installation's own key and its own anchor."""

    def read() -> list[str]:
        anchor = invariants.read_anchor()
        with snapshot():
            return [line for lines in invariants.checked(anchor).values() for line in lines]

    return read


def test_a_whole_trail_keeps_every_promise(broken):
    assert broken() == []


def test_a_trail_that_nobody_has_written_keeps_every_promise(app):
    assert [lines for lines in invariants.checked(invariants.read_anchor()).values() if lines] == []


def test_entries_that_nothing_signs_yet_break_nothing(broken, kept):
    kept.sql("DELETE FROM trail_checkpoints")
    (kept.settings.home / "anchor" / "checkpoints.jsonl").unlink()

    assert broken() == []


def test_a_changed_entry_is_named(broken, kept):
    kept.forge_header(4, actor=99)

    assert "Entry 4: the chain breaks here." in broken()


def test_a_trail_written_anew_disagrees_with_its_checkpoints_and_its_anchor(broken, kept):
    kept.forge_header(4, actor=99)
    kept.rewrite_heads()

    assert {line.partition(" at ")[0] for line in broken()} >= {"The chain differs from the checkpoint", "TRUNCATED or REWRITTEN"}


def test_a_cut_tail_is_named(broken, kept):
    kept.sql("DELETE FROM trail_entries WHERE seq > 6")
    kept.sql("DELETE FROM trail_checkpoints WHERE size > 6")

    assert broken() == ["TRUNCATED: the anchor knows 9 entries, 6 are here."]


def test_a_trail_that_is_gone_is_named(broken, kept):
    for table in ("trail_entries", "trail_payloads", "trail_checkpoints", "trail_epochs"):
        kept.sql(f"DELETE FROM {table}")  # noqa: S608 - the tests' own words

    assert broken() == ["The trail is empty, and the anchor knows entries."]


def test_a_fork_is_named(broken, kept):
    kept.sql("UPDATE trail_entries SET prev = 'elsewhere' WHERE seq = 7")

    assert broken() == ["Entry 7 does not say that it follows entry 6."]


@pytest.mark.parametrize("column", ["kind", "subject", "outcome"])
def test_an_entry_that_is_filed_as_another_is_named(broken, kept, column):
    kept.sql(f"UPDATE trail_entries SET {column} = 'other' WHERE seq = 5")  # noqa: S608 - the tests' own words

    assert [line.partition(" is filed")[0] for line in broken()] == ["Entry 5"]


def test_an_anchor_that_cannot_be_read_is_named_by_its_line(broken, kept):
    path = trail.anchor_file(kept.settings)
    path.write_text(path.read_text() + '{"body": \n')

    assert broken() == ["Line 4 of the anchor cannot be read."]


def test_an_entry_that_cannot_be_read_is_told_of(broken, kept):
    kept.sql("UPDATE trail_entries SET header = 'not json' WHERE seq = 5")

    assert any(line.startswith("Not readable as evidence") for line in broken())


def test_an_anchor_signed_by_another_is_named(broken, kept):
    path = trail.anchor_file(kept.settings)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("\n".join(json.dumps({**line, "signature": "00" * 64}) for line in lines))

    assert set(broken()) == {"A line of the anchor is not signed by the trusted key."}
