"""Every name the product uses has its words, in both languages."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from device_drivers import errors as device_errors
from roomctl.booking.lifecycle import OccurrenceState, ReservationState
from roomctl.booking.week import Half
from roomctl.config import project_files
from roomctl.devices.health import FAULTS, Status
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.schedule.changes import Mark
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import record
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.web import words
from web.browser import read_in

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "roomctl"
HOLE = re.compile(r"%\((\w+)\)[sd]")
SHOWN_LEGS = {state.value for state in LegState} - {"connected"} | {"unknown", "checking", "ended"}  # What roster.Line.shown may be.


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(*names: str) -> list[tuple[str, ast.Call]]:
    """Return (file, call) of every call of these names in the product."""
    return [(path.name, node) for path in sorted(SOURCE.rglob("*.py")) for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names]


def constants(*nodes: ast.AST | None) -> set[str]:
    return {one.value for node in nodes if node is not None for one in ast.walk(node)
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and re.fullmatch(r"[a-z]+(_[a-z]+)*", one.value)}


def argument(call: ast.Call, place: int, name: str) -> ast.AST | None:
    return call.args[place] if len(call.args) > place else next((one.value for one in call.keywords if one.arg == name), None)


def kinds(error: type) -> set[str]:
    return {one.__new__(one).kind for one in error.__subclasses__()} | {kind for one in error.__subclasses__() for kind in kinds(one)}


def findings() -> set[str]:
    """Return every finding the engine can write: from its judgements, outcomes, failures and assignments, and the drivers' errors."""
    found = kinds(device_errors.DeviceError) | set(FAULTS) | set(record.FINAL)
    for _, call in calls("Judgement"):
        found |= constants(argument(call, 2, "finding"))
    for _, call in calls("Outcome"):
        found |= constants(argument(call, 2, "error"))
    for _, call in calls("_fail"):
        found |= constants(argument(call, 3, "finding"))
    for path in (SOURCE / "sessions").glob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    left = target.elts if isinstance(target, ast.Tuple) else [target]
                    right = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value] * len(left)
                    found |= constants(*(value for name, value in zip(left, right, strict=False)
                                         if getattr(name, "attr", getattr(name, "id", "")) in ("finding", "error")))
    return found


def reasons() -> dict[str, set[str]]:
    """Return every reason that is raised anywhere, with the facts given to it."""
    found: dict[str, set[str]] = {}
    for _, call in calls("Refused", "Conflict", "Throttled"):
        for reason in constants(argument(call, 0, "reason")):
            found.setdefault(reason, set()).update(one.arg for one in call.keywords if one.arg)
    for _, call in calls("Problem"):
        for reason in constants(argument(call, 1, "reason")):
            found.setdefault(reason, set()).update(constants(argument(call, 2, "facts")))
    for _, call in calls("read"):
        if len(call.args) == 3:  # Form.read(name, parse, reason)
            found |= {reason: set() for reason in constants(call.args[2])}
    for _, call in calls("refuse"):  # Typed.refuse(field, reason, **facts)
        for reason in constants(argument(call, 1, "reason")):
            found.setdefault(reason, set()).update(one.arg for one in call.keywords if one.arg)
    for _, call in calls("line"):  # Typed.line(field, raw, longest=…, missing=reason)
        found |= {reason: set() for reason in constants(argument(call, 9, "missing"))}
    for _, call in calls("TextRefused"):
        found |= {f"text_{reason}": {"limit"} for reason in constants(argument(call, 0, "reason"))}
    return found


@pytest.mark.parametrize(("names", "dictionary"), [
    (OccurrenceState, words.OCCURRENCE), (OccurrenceState, words.OCCURRENCE_ICON), (ReservationState, words.RESERVATION),
    (Classification, words.CLASSIFICATION), (SessionState, words.SESSION), (Verdict, words.VERDICT), (Status, words.DEVICE_STATUS),
    (Role, words.ROLE), (Level, words.LEVEL), (Half, words.HALF), (Mark, words.MARK)], ids=lambda value: getattr(value, "__name__", ""))
def test_every_state_has_its_words_and_every_word_its_state(names, dictionary):
    assert set(dictionary) == {one.value for one in names}


@pytest.mark.parametrize("dictionary", [words.LEG, words.LEG_ICON], ids=["words", "icon"])
def test_every_leg_as_shown_has_its_words(dictionary):
    assert set(dictionary) == SHOWN_LEGS


def test_the_search_for_findings_finds_some_in_every_place_they_are_written():
    assert {"call_clear", "bridge_end_clear", "extra_call", "driver_fault", "call_vanished", "dropped", "hang_up_not_confirmed",
            "setting_not_taken", "not_answered", "unreachable", "cannot_encrypt"} <= findings()


def test_every_finding_has_its_words():
    assert findings() - set(words.FINDING) == set()


def test_every_piece_of_advice_is_for_a_finding():
    assert set(words.ADVICE) - set(words.FINDING) == set()


def test_the_search_for_reasons_finds_some_in_every_place_they_are_raised():
    assert {"wrong_pin", "just_taken", "too_many_tries", "title_missing", "bad_date", "text_control", "bad_code", "name_missing"} <= set(reasons())


def test_every_reason_has_its_sentence():
    assert set(reasons()) - set(words.REASON) == set()


def test_every_hole_of_a_sentence_is_filled_where_it_is_raised(app):
    wanted = read_in(app, "vi", lambda: {reason: set(HOLE.findall(str(sentence))) for reason, sentence in words.REASON.items()})

    missing = {reason: wanted[reason] - facts for reason, facts in reasons().items() if wanted.get(reason, set()) - facts}

    assert missing == {}


# The catalogue


def catalogue():
    with (project_files("locale") / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return [message for message in read_po(file) if message.id]


def test_every_sentence_of_the_catalogue_is_translated():
    assert [message.id for message in catalogue() if not message.string or message.fuzzy] == []


def test_every_translation_keeps_its_holes():
    assert [message.id for message in catalogue() if sorted(HOLE.findall(message.id)) != sorted(HOLE.findall(message.string))] == []


def test_no_translation_holds_a_percent_sign_that_is_no_hole():
    assert [message.id for message in catalogue() if "%" in HOLE.sub("", message.string).replace("%%", "")] == []


def test_no_translation_is_still_vietnamese():
    letters = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)

    assert [message.string for message in catalogue() if letters.search(message.string)] == []


def test_every_sentence_of_the_pages_is_in_the_catalogue(tmp_path):
    target = tmp_path / "messages.pot"
    program = str(Path(sys.executable).parent / "pybabel")
    subprocess.run([program, "-q", "extract", "-F", "babel.cfg", "-k", "_l", "-o", str(target), "."],
                   cwd=ROOT, check=True)

    with target.open("rb") as file:
        said = {message.id for message in read_po(file) if message.id}

    assert said - {message.id for message in catalogue()} == set()


@pytest.mark.parametrize("dictionary", ["OCCURRENCE", "HALF", "MARK", "RESERVATION", "CLASSIFICATION", "SESSION", "VERDICT", "LEG", "STREAM",
                                        "FINDING", "ADVICE", "DEVICE_STATUS", "ROLE", "LEVEL", "OPEN_TO", "DEVICE_KIND", "REASON"])
def test_the_words_are_others_in_english(app, dictionary):
    vietnamese, english = (read_in(app, language, lambda: {name: str(word) for name, word in getattr(words, dictionary).items()})
                           for language in ("vi", "en"))

    assert {name: word for name, word in english.items() if word == vietnamese[name]} == {}
