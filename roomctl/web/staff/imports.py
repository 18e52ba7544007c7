"""Bringing in the conferences of a calendar file: the file, a look at what it would make, and then all of it."""

import binascii
from base64 import b64decode, b64encode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.calendars.bring_in import bring_in
from roomctl.calendars.lines import MOST_BYTES
from roomctl.calendars.outcome import Choices, Outcome
from roomctl.calendars.reading import ReadFile, read_calendar
from roomctl.errors import Conflict, InvalidInput, Problem
from roomctl.organisation.tables import chairs_to_choose_from
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import current_profiles, profile_by_id
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.staff import chooser
from roomctl.web.words import reason_sentence

bp = Blueprint("imports", __name__, url_prefix="/imports")


@bp.get("")
def new() -> ResponseReturnValue:
    return _page(Form())


@bp.post("/preview")
def preview() -> ResponseReturnValue:
    """Show what the file holds; once rooms, chair and profile are chosen, what it would make.  Nothing is stored."""
    form, raw = _sent()
    if not form.problems and ("try" not in form.typed or chooser.wants_more(form)):
        return _looked_at(form, raw)
    return _tried(form, raw, only_try=True)


@bp.post("")
def create() -> ResponseReturnValue:
    form, raw = _sent()
    return _tried(form, raw, only_try=False)


@bp.get("/done")
def done() -> ResponseReturnValue:
    """What was just done, in numbers: nothing of the file is kept to show it again."""
    return render_template("staff/imports/done.html", counts={name: Form(typed=request.args).number(name) for name in
                                                              ("created", "changed", "cancelled", "unchanged", "skipped")})


def _sent() -> tuple[Form, bytes]:
    """Return the form and the file: as it was just uploaded, or as it came back with the form."""
    form, upload = Form(typed=request.form), request.files.get("file")
    if upload is not None and upload.filename:
        return form, upload.stream.read(MOST_BYTES + 1)
    try:
        raw = b64decode(form.text("text"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not raw:
        form.problems.append(Problem("file", "ics_no_file"))
    return form, raw


def _looked_at(form: Form, raw: bytes) -> ResponseReturnValue:
    try:
        return _page(form, raw=raw, read=read_calendar(raw))
    except InvalidInput as error:
        form.problems += error.problems
        return _page(form), 422


def _tried(form: Form, raw: bytes, *, only_try: bool) -> ResponseReturnValue:
    if form.problems:
        return _page(form), 422
    room_ids = chooser.chosen_in(form)
    choices = Choices(room_ids, form.number("host_room") or next(iter(room_ids), 0), form.number("chair"), form.number("profile"))
    try:
        outcome = bring_in(raw, choices, by=signed_in(), only_try=only_try)
    except InvalidInput as error:
        form.problems += error.problems
        return _page(form, raw=raw), 422
    except Conflict as error:
        return _page(form, raw=raw, failure=reason_sentence(error.reason, error.facts)), 409
    if only_try:
        return _page(form, raw=raw, outcome=outcome)
    counted = {one.done.value: outcome.count(one.done) for one in outcome.brought}
    return redirect(url_for("staff.imports.done", **counted), code=303)


def _page(form: Form, *, raw: bytes = b"", read: ReadFile | None = None, outcome: Outcome | None = None, failure: str = "") -> str:
    profile = profile_by_id(form.number("profile"))
    if profile is not None and Classification(profile.classification).is_classified:
        raw, read, outcome = b"", None, None  # A file tells titles: it is not even sent back to the screen.
        form.problems = [problem for problem in form.problems if problem.field == "profile"] or [Problem("profile", "ics_profile_classified")]
    return render_template(
        "staff/imports/new.html", form=form, text=b64encode(raw).decode(), read=read, outcome=outcome, failure=failure, answers={},
        wrong=[(dict(problem.facts), reason_sentence(problem.reason, dict(problem.facts))) for problem in form.problems if problem.field == "file"],
        profiles=current_profiles(), chairs=chairs_to_choose_from(), choice=chooser.choice(form) if raw else None, largest=MOST_BYTES // 1_000_000)
