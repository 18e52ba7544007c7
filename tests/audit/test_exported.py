"""A trail written line by line: the same trail, checked as it is read."""

import json

import pytest

from roomctl.audit import exported, tables, trail, upkeep, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction


@pytest.fixture
def checked(kept, tmp_path):
    """Return what verify.py makes of lines."""

    def check(lines: list[str]) -> verify.Result:
        path = tmp_path / "trail.jsonl"
        path.write_text("".join(lines))
        return verify.check_file(str(path), key=kept.key, anchor=verify.read_anchor(str(trail.anchor_file(kept.settings))))

    return check


def test_lines_say_the_same_as_the_whole_trail(kept):
    first, *entries = map(json.loads, exported.lines())

    whole = kept.bundle()
    assert entries == whole["entries"]
    assert first == {part: whole[part] for part in first}
    assert set(whole) - set(first) == {"entries", "former"}


def test_lines_of_an_untouched_trail_are_whole(checked):
    result = checked(list(exported.lines()))

    assert (result.exit_code, result.tampered, result.missing) == (verify.WHOLE, [], [])


def test_lines_hold_what_is_signed_and_no_more(kept, checked):
    with write_transaction():
        trail.append(EventKind.SIGNED_IN, subject="user:10")

    lines = list(exported.lines())

    assert json.loads(lines[-1])["seq"] == 9
    assert checked(lines).exit_code == verify.WHOLE


def test_a_former_epoch_stands_behind_the_newest_one(kept, checked):
    kept.sql("DELETE FROM trail_entries WHERE seq > 7")
    kept.sql("DELETE FROM trail_checkpoints WHERE size > 7")
    upkeep.open_epoch_after_restore()

    lines = list(exported.lines())

    assert [json.loads(line)["epoch"] for line in lines if "checkpoints" in json.loads(line)] == [one.epoch for one in tables.epochs()]
    assert checked(lines).missing == ["LOST: a restored database kept 6 of the 9 entries of epoch "
                                      f"{tables.epochs()[1].epoch}"]
    assert checked(lines).tampered == []


def test_an_empty_trail_makes_a_line_that_is_not_whole(app, tmp_path):
    path = tmp_path / "trail.jsonl"
    path.write_text("".join(exported.lines()))

    assert verify.check_file(str(path), key="00" * 32, anchor=[]).exit_code != verify.WHOLE


def test_every_flipped_byte_of_the_lines_is_found(checked):
    text = "".join(exported.lines())

    whole = [place for place in range(0, len(text), 7)
             if checked([text[:place] + chr(ord(text[place]) ^ 1 + place % 31) + text[place + 1:]]).exit_code != verify.TAMPERED]

    assert whole == []


@pytest.mark.parametrize("number", range(1, 10))
def test_a_line_taken_out_is_found(checked, number):
    lines = list(exported.lines())

    assert checked([line for place, line in enumerate(lines) if place != number]).exit_code == verify.TAMPERED


def test_two_lines_in_each_others_place_are_found(checked):
    lines = list(exported.lines())
    lines[3], lines[4] = lines[4], lines[3]

    assert checked(lines).exit_code == verify.TAMPERED


@pytest.mark.parametrize("lines", [['{"format":"roomctl-trail-v1"}\n'], ['{"format":\n'], ['{"format":"x","epoch":"y"}\n', "null\n"], [""]])
def test_lines_of_anything_else_are_tampered_and_never_a_crash(checked, lines):
    assert checked(lines).exit_code == verify.TAMPERED
