"""Changing a conference: one date of it, this and the following ones, or all."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking import availability
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.dates import Dated, DatesNotFree
from roomctl.booking.lifecycle import ACTIVE
from roomctl.booking.scope import Scope
from roomctl.booking.tables import Occurrence, Reservation
from roomctl.errors import InvalidInput, NotAllowed, Refused
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import chairs_to_choose_from
from roomctl.organisation.units import Level
from roomctl.security_profiles.tables import current_profiles
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, whole
from roomctl.web.staff import chooser, wishes
from roomctl.web.words import reason_sentence

bp = Blueprint("changes", __name__, url_prefix="/changes/<int:conference_id>")
ALL_DATES_ONLY = ("code_name", "profile", "host_room", "on_behalf_of", "attendees", "contact_name", "contact_phone")


def _occurrence(conference_id: int, raw: str) -> Occurrence:
    """Return the date that is meant; raise NotVisible, and NotAllowed for who may see it and not change it."""
    occurrence, _ = conference_seen_by(signed_in(), conference_id, whole(raw) or None)
    if not can(signed_in(), Action.AMEND_CONFERENCE, occurrence):
        raise NotAllowed(action=Action.AMEND_CONFERENCE, subject=occurrence.conference.ref)
    return occurrence


@bp.get("")
def show(conference_id: int) -> ResponseReturnValue:
    occurrence = _occurrence(conference_id, request.args.get("occurrence", ""))
    return _form(Form(typed=wishes.as_typed(occurrence)), occurrence)


@bp.post("")
def create(conference_id: int) -> ResponseReturnValue:
    """Change what differs from what is stored."""
    form = Form(typed=request.form)
    occurrence = _occurrence(conference_id, form.text("occurrence"))
    span = wishes.span_of(form)
    if chooser.wants_more(form):
        return _form(form, occurrence)
    if span is None:
        return _form(form, occurrence), 422
    scope = Scope(form.text("scope")) if form.text("scope") in set(Scope) else Scope.ALL
    change = Amendment(
        span=span, title=form.text("title"), chair_id=form.number("chair"), room_ids=chooser.chosen_in(form), contacts=_contacts(form),
        **({} if occurrence.conference.is_series and scope == Scope.THIS else {
            "code_name": form.text("code_name"), "profile_id": form.number("profile"), "on_behalf_of": form.text("on_behalf_of"),
            "attendees": form.text("attendees"), "contact_name": form.text("contact_name"), "contact_phone": form.text("contact_phone"),
            "host_room_id": form.number("host_room") or None}))
    try:
        changed_id = amend_conference(conference_id, change, scope=scope, occurrence_id=occurrence.id, by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _form(form, occurrence), 422
    except DatesNotFree as error:
        return _form(form, occurrence, taken=error.dates, failure=reason_sentence(error.reason, error.facts)), 409
    except Refused as error:
        return _form(form, occurrence, failure=reason_sentence(error.reason, error.facts)), 409
    return redirect(url_for("staff.conferences.show", conference_id=changed_id, occurrence=occurrence.id), code=303)


def _contacts(form: Form) -> dict[int, tuple[str, str]]:
    """Return who is at each site, by room id: three fields of a line belong together by their order."""
    rooms, names, phones = form.numbers("site"), form.typed.getlist("site_name"), form.typed.getlist("site_phone")
    return {room_id: (name, phone) for room_id, name, phone in zip(rooms, names, phones, strict=False) if room_id}


def _form(form: Form, occurrence: Occurrence, *, taken: Sequence[Dated] = (), failure: str = "") -> str:
    wishes.forget_classified_text(form)
    viewer = availability.viewer_of(signed_in())
    span = wishes.span_of(Form(typed=form.typed))
    choice = chooser.choice(form)
    answers = {}
    if taken and span is not None and span.start < span.end:
        answers = {one.room.id: one for one in availability.answers_for(choice.chosen_rooms(), span, viewer, ignoring=(occurrence.id,))}
        choice = chooser.choice(form, apart=[room_id for room_id, answer in answers.items() if not answer.is_free])
    return render_template(
        "staff/changes/show.html", form=form, may_amend_all=can(signed_in(), Action.AMEND_CONFERENCE, occurrence.conference),
        occurrence=occurrence, series=occurrence.conference.is_series, taken=taken, failure=failure,
        answers=answers, choice=choice, profiles=current_profiles(), chairs=chairs_to_choose_from(), scope=form.text("scope") or Scope.THIS,
        sites=_sites(occurrence), contacts=_contacts(form))


def _sites(occurrence: Occurrence) -> list[Reservation]:
    """Return the sites whose contact can be changed here: all, or of very many those above the communes and those that have one."""
    held = [one for one in occurrence.reservations if one.state in ACTIVE]
    if len(held) <= chooser.MANY:
        return held
    return [one for one in held if one.room.unit.level != Level.COMMUNE or one.contact_name or one.contact_phone]
