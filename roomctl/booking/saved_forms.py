"""Booking forms that are kept for another time: drafts of one person, templates that a unit may share."""

from collections.abc import Mapping, Sequence
from typing import Any

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.series_tables import SavedForm, saved_form_by_id, saved_forms_count, saved_forms_of
from roomctl.database import write_transaction
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import access, once
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import profile_by_id
from roomctl.text import TextRefused, clean_block
from roomctl.typed import Typed

_, TEMPLATE = KINDS = ("draft", "template")
MOST_FORMS, LONGEST_VALUE, MOST_VALUES = 100, 4000, 400
ONLY_ONCE = {"csrf_token", "key", "seen", "book", "check", "kind", "template_name", "shared"}  # Of one sending of the form, and no part of the wish.
TOLD = ("title", "attendees")  # What is not kept from mật up.


def save_form(kind: str, fields: Mapping[str, Sequence[str]], *, by: User | None, name: str = "", shared: bool = False, key: str = "") -> int:
    """Keep a form's fields as typed, and return the id under which they are found; the same `key` again keeps one.

    At mật and above nothing of a title or of attendees is kept.  Raises InvalidInput and Refused("too_many_forms").
    """
    by = access.require(by, Action.REQUEST_CONFERENCE)
    typed = Typed()
    if kind not in KINDS:
        typed.refuse("kind", "unknown_choice")
    title = next(iter(fields.get("title", ())), "")
    name = typed.line("template_name", name or title, longest=120)
    if kind == TEMPLATE and not name and not typed.problems:
        typed.refuse("template_name", "name_missing")
    kept = {field: [_clean(one) for one in values[:MOST_VALUES]] for field, values in fields.items() if field not in ONLY_ONCE}
    if _is_classified(kept):
        kept |= {field: [""] for field in TOLD if field in kept}
        name = next(iter(kept.get("code_name", ())), "")[:120]  # A name typed freely would be a title again.
    typed.insist()
    with write_transaction() as session:
        earlier = once.made_before(by, f"form-{key}"[:64]) if key else None
        if earlier is not None:
            return earlier
        if saved_forms_count(by.id) >= MOST_FORMS:
            raise Refused("too_many_forms", limit=MOST_FORMS)
        form = SavedForm(kind=kind, user_id=by.id, unit_id=by.unit_id if shared and kind == TEMPLATE else None, name=name, fields=kept,
                         saved_at=clock.now())
        session.add(form)
        session.flush()
        if key:
            once.remember(by, f"form-{key}"[:64], f"form:{form.id}")
        trail.append(EventKind.FORM_SAVED, actor=by.id, subject=f"form:{form.id}", unit=by.unit_id, form=kind)
        return form.id


def _clean(raw: str) -> str:
    try:
        return clean_block(raw, longest=LONGEST_VALUE)
    except TextRefused as error:
        raise InvalidInput([Problem("title", f"text_{error.reason}", (("limit", LONGEST_VALUE),))]) from error


def _is_classified(fields: Mapping[str, Sequence[str]]) -> bool:
    """True when the form's profile is mật or above; a profile that is none is taken for one, since nothing may slip through."""
    raw = next(iter(fields.get("profile", ())), "")
    profile = profile_by_id(int(raw)) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None
    return profile is None or Classification(profile.classification).is_classified


def forms_of(user: User) -> list[SavedForm]:
    """Return a person's drafts and templates and those that their unit shares, the latest first."""
    return saved_forms_of(user.id, user.unit_id)


def fields_of(form_id: int, *, by: User) -> dict[str, Any]:
    """Return the fields of a form that is one's own or shared with one's unit; raise NotVisible."""
    form = saved_form_by_id(form_id)
    if form is None or (form.user_id != by.id and form.unit_id != by.unit_id):
        raise NotVisible
    return form.fields


def forget_form(form_id: int, *, by: User) -> None:
    """Delete one of one's own forms; one that is gone already is gone."""
    with write_transaction() as session:
        form = saved_form_by_id(form_id)
        if form is None:
            return
        if form.user_id != by.id:
            raise NotVisible
        session.delete(form)
        once.forget(f"form:{form.id}")
        trail.append(EventKind.FORM_FORGOTTEN, actor=by.id, subject=f"form:{form.id}", unit=by.unit_id)
