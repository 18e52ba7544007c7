"""Booking a conference, looking at it, cancelling it."""

import secrets
from datetime import timedelta

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking import availability, ical, pins
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.request import request_conference
from roomctl.booking.week import state_of
from roomctl.booking.wish import Wish
from roomctl.errors import Conflict, InvalidInput, Problem
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, chairs_to_choose_from
from roomctl.organisation.unit_tables import names_at
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import current_profiles, profile_by_id
from roomctl.sessions.roster import roster_of
from roomctl.sessions.tables import sessions_of
from roomctl.timespan import Span, from_local, to_local
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day, parse_time
from roomctl.web.staff import chooser
from roomctl.web.words import reason_sentence

bp = Blueprint("conferences", __name__, url_prefix="/conferences")


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The empty form, filled with the next hour; or for the day and the rooms that the address names."""
    form = Form(typed=request.args.copy())
    start = to_local(clock.now() + timedelta(minutes=10))
    start = start.replace(minute=start.minute // 5 * 5)
    end = start + timedelta(hours=1)
    # Late in the evening: propose tomorrow morning rather than a span that ends before it begins.
    day = end.date().strftime("%d/%m/%Y")
    if end.date() != start.date() or form.text("day") not in ("", day):
        start, end = start.replace(hour=8, minute=0), end.replace(hour=9, minute=0)
    for name, proposed in (("day", day), ("start", start.strftime("%H:%M")), ("end", end.strftime("%H:%M"))):
        if not form.text(name):
            form.typed.setlist(name, [proposed])
    return _form(form)


@bp.post("")
def create() -> ResponseReturnValue:
    """Book; or, when the button "check" was pressed, only answer for each room whether it is free."""
    form = Form(typed=request.form)
    span = _span(form)
    if chooser.wants_more(form):
        form.problems.clear()  # Nobody has asked to book yet.
        return _form(form)
    if "check" in form.typed:
        return _form(form, answers=_answers(form, span, signed_in()) if span else None)
    if span is None:
        return _form(form), 422
    room_ids = form.numbers("rooms")
    wish = Wish(span=span, room_ids=room_ids, host_room_id=form.number("host_room") or next(iter(room_ids), 0), chair_id=form.number("chair"),
                profile_id=form.number("profile"), title=form.text("title"), code_name=form.text("code_name"),
                on_behalf_of=form.text("on_behalf_of"), attendees=form.text("attendees"), contact_name=form.text("contact_name"),
                contact_phone=form.text("contact_phone"))
    try:
        conference_id = request_conference(wish, by=signed_in(), key=_key(form))
    except InvalidInput as error:
        form.problems += error.problems
        return _form(form), 422
    except availability.RoomsNotFree as error:
        return _form(form, answers={answer.room.id: answer for answer in error.answers}, failure=reason_sentence(error.reason),
                     proposal=error.proposal), 409
    except Conflict as error:
        return _form(form, answers=_answers(form, span, signed_in()), failure=reason_sentence(error.reason)), 409
    return redirect(url_for("staff.conferences.show", conference_id=conference_id), code=303)


def _key(form: Form) -> str:
    """Return the form's idempotency key; one that is none gets a fresh one."""
    typed = form.text("key")[:64]
    return typed if typed.isascii() and typed.isprintable() and typed else secrets.token_urlsafe(16)


def _span(form: Form) -> Span | None:
    """Read day, start and end; an end before the start is left for the rules to refuse."""
    day, start, end = form.read("day", parse_day, "bad_date"), form.read("start", parse_time, "bad_time"), form.read("end", parse_time, "bad_time")
    if day is None or start is None or end is None:
        return None
    return Span(from_local(day, start), from_local(day, end))


def _answers(form: Form, span: Span, by: User) -> dict[int, availability.RoomAnswer]:
    if span.end <= span.start:
        return {}
    rooms = chooser.choice(form).asked_about()
    return {answer.room.id: answer for answer in availability.answers_for(rooms, span, availability.viewer_of(by))}


def _forget_classified_text(form: Form) -> None:
    """Blank a title or attendees typed at mật or above: they go nowhere, not even back onto the screen."""
    profile = profile_by_id(form.number("profile"))
    if profile is None or not Classification(profile.classification).is_classified:
        return
    form.typed = form.typed.copy()
    for name in ("title", "attendees"):
        if form.text(name).strip():
            form.typed.setlist(name, [""])
            if not form.error(name):
                form.problems.append(Problem(name, f"{name}_at_classified"))


def _form(form: Form, *, answers: dict[int, availability.RoomAnswer] | None = None, failure: str = "", proposal: Span | None = None) -> str:
    _forget_classified_text(form)
    return render_template(
        "staff/conferences/new.html", form=form, answers=answers or {}, failure=failure, proposal=proposal, choice=chooser.choice(form),
        profiles=current_profiles(), chairs=chairs_to_choose_from(), key=_key(form))


@bp.get("/<int:conference_id>")
def show(conference_id: int) -> ResponseReturnValue:
    return _show(conference_id)


def _show(conference_id: int, *, pin: str = "") -> str:
    occurrence, shown = conference_seen_by(signed_in(), conference_id)
    now, user = clock.now(), signed_in()
    sessions = sessions_of(occurrence.id)
    return render_template(
        "staff/conferences/show.html", shown=shown, occurrence=occurrence, state=state_of(occurrence, now), pin=pin, now=now,
        reservations=sorted(occurrence.reservations, key=lambda one: (
            one.room_id != occurrence.conference.host_room_id, one.room.unit.order_key, one.room.order_key)),
        unit_names=names_at({one.deciding_unit for one in occurrence.reservations}, min(now, occurrence.planned_start_at)),
        rosters=[(session, roster_of(session, now=now)) for session in sessions], profile=occurrence.conference.profile,
        may_lead=can(user, Action.START_SESSION, occurrence.conference), may_cancel=can(user, Action.CANCEL_CONFERENCE, occurrence.conference),
        may_make_pin=can(user, Action.RENEW_PIN, occurrence.conference))


@bp.post("/<int:conference_id>/cancellation")
def cancel(conference_id: int) -> ResponseReturnValue:
    cancel_conference(conference_id, by=signed_in(), reason=request.form.get("reason", ""))
    return redirect(url_for("staff.conferences.show", conference_id=conference_id), code=303)


@bp.post("/<int:conference_id>/pin")
def make_pin(conference_id: int) -> ResponseReturnValue:
    """Make a PIN and show it, this once."""
    occurrence, _ = conference_seen_by(signed_in(), conference_id)
    return _show(conference_id, pin=pins.make_pin(occurrence.id, by=signed_in()))


@bp.get("/<int:conference_id>/calendar.ics")
def calendar(conference_id: int) -> ResponseReturnValue:
    occurrence, shown = conference_seen_by(signed_in(), conference_id)
    response = Response(ical.as_calendar(occurrence, shown), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="conference-{conference_id}.ics"'
    return response
