"""Asking for a conference, looking at it, cancelling it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from roomctl import clock
from roomctl.booking import availability, pins, profile_versions, saved_forms
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.connections import connections_of
from roomctl.booking.dates import Dated, DatesNotFree, dates_of, with_answers
from roomctl.booking.find_time import chair_elsewhere
from roomctl.booking.replace import alternatives
from roomctl.booking.request import request_conference
from roomctl.booking.scope import Scope
from roomctl.booking.series import add_date, days_left_out
from roomctl.booking.tables import Occurrence
from roomctl.booking.week import state_of
from roomctl.booking.wish import Wish
from roomctl.calendars.writing import as_calendar
from roomctl.devices.tables import codec_states
from roomctl.duty import preflight
from roomctl.errors import Conflict, InvalidInput, Refused
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, chairs_to_choose_from
from roomctl.organisation.unit_tables import names_at
from roomctl.rooms.tables import Room, rooms_of
from roomctl.security_profiles.tables import current_profiles
from roomctl.sessions.minutes import minutes_of
from roomctl.sessions.roster import roster_of
from roomctl.sessions.tables import sessions_of
from roomctl.timespan import Span, to_local
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day, whole
from roomctl.web.staff import chooser, many_rooms, wishes
from roomctl.web.words import reason_sentence

bp = Blueprint("conferences", __name__, url_prefix="/conferences")


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The empty form, filled with the next hour and one's own room; or with what the address names, a draft, a template or another conference."""
    user, form = signed_in(), Form(typed=request.args.copy())
    if form.number("form"):
        form.typed = MultiDict([(name, value) for name, values in saved_forms.fields_of(form.number("form"), by=user).items() for value in values])
    elif form.number("copy"):
        form.typed = wishes.as_typed(conference_seen_by(user, form.number("copy"))[0])
        for name in ("day", "last_day"):
            form.typed.pop(name)
    _propose(form, user)
    return _form(form)


def _propose(form: Form, user: User) -> None:
    """Fill in what most people would: the next hour, their own unit's room as host, their own unit's chair."""
    start = to_local(clock.now() + timedelta(minutes=10))
    start = start.replace(minute=start.minute // 5 * 5)
    end = start + timedelta(hours=1)
    # Late in the evening: propose tomorrow morning rather than a span that ends before it begins.
    day = end.date().strftime("%d/%m/%Y")
    if end.date() != start.date() or form.text("day") not in ("", day):
        start, end = start.replace(hour=8, minute=0), end.replace(hour=9, minute=0)
    proposed = {"day": day, "start": start.strftime("%H:%M"), "end": end.strftime("%H:%M")}
    if not chooser.chosen_in(form) and "add" not in form.typed:
        own = _own_room(user)
        proposed |= {"rooms": str(own.id), "host_room": str(own.id)} if own is not None else {}
    chairs = [one for one in chairs_to_choose_from() if one.unit_id == user.unit_id]
    if len(chairs) == 1:
        proposed["chair"] = str(chairs[0].id)
    for name, value in proposed.items():
        if not form.text(name):
            form.typed.setlist(name, [value])


def _own_room(user: User) -> Room | None:
    """Return the room of a person's own unit that a conference would be led from: with a codec, and the largest."""
    rooms = rooms_of(user.unit_id)
    codecs = codec_states([room.id for room in rooms])
    return max(rooms, key=lambda room: (room.id in codecs, room.seats), default=None)


@bp.post("")
def create() -> ResponseReturnValue:
    """Book; or, when another button was pressed, answer for each room and each date whether it is free.

    A series is booked once its dates, and what is taken on them, have been seen.
    """
    form, user = Form(typed=request.form), signed_in()
    span = wishes.span_of(form)
    recurrence = wishes.recurrence_of(form, span) if span is not None else None
    if chooser.wants_more(form):
        if "clear" in form.typed:
            form.typed = MultiDict(form.typed)
            form.typed.poplist("host_room")
        dates = _dates(form, wishes.wish_of(form, span, recurrence), user) if span is not None and recurrence is not None else ()
        form.problems.clear()  # Nobody has asked to book yet.
        return _form(form, dates=dates)
    if span is None or form.problems:
        return _form(form), 200 if "check" in form.typed else 422
    wish = wishes.wish_of(form, span, recurrence)
    if "check" in form.typed or recurrence is not None:
        dates = _dates(form, wish, user) if recurrence is not None else ()
        if "check" in form.typed or (dates and form.text("seen") != wishes.seen_of(dates)):
            answers = _answers(form, span, user) if recurrence is None else {}
            return _form(form, answers=answers, dates=dates), 200 if not form.problems else 422
    try:
        conference_id = request_conference(wish, by=user, key=form.key())
    except InvalidInput as error:
        form.problems += error.problems
        return _form(form), 422
    except availability.RoomsNotFree as error:
        return _form(form, answers={answer.room.id: answer for answer in error.answers}, failure=reason_sentence(error.reason),
                     proposal=error.proposal), 409
    except DatesNotFree as error:
        return _form(form, dates=error.dates, failure=reason_sentence(error.reason, error.facts)), 409
    except Conflict as error:
        return _form(form, answers=_answers(form, span, user), failure=reason_sentence(error.reason, error.facts)), 409
    return redirect(url_for("staff.conferences.show", conference_id=conference_id), code=303)


def _answers(form: Form, span: Span, by: User) -> dict[int, availability.RoomAnswer]:
    if span.end <= span.start:
        return {}
    rooms = chooser.choice(form).asked_about()
    return {answer.room.id: answer for answer in availability.answers_for(rooms, span, availability.viewer_of(by))}


def _dates(form: Form, wish: Wish, by: User) -> Sequence[Dated]:
    """Return the dates of a series with what the chosen rooms say; what is wrong with the rule stands beside it."""
    try:
        if wish.span.end <= wish.span.start:
            return ()
        return with_answers(dates_of(wish), chooser.choice(form).chosen_rooms(), availability.viewer_of(by), wait_for=wish.wait_for)
    except InvalidInput as error:
        form.problems += [one for one in error.problems if one not in form.problems]
        return ()


def _form(form: Form, *, answers: dict[int, availability.RoomAnswer] | None = None, failure: str = "", proposal: Span | None = None,
          dates: Sequence[Dated] = ()) -> str:
    wishes.forget_classified_text(form)
    span = None if form.problems else wishes.span_of(Form(typed=form.typed))
    elsewhere = chair_elsewhere(form.number("chair"), span) if span is not None and span.start < span.end and request.method == "POST" else []
    return render_template(
        "staff/conferences/new.html", form=form, answers=answers or {}, failure=failure, proposal=proposal,
        choice=chooser.choice(form, apart=[room_id for room_id, answer in (answers or {}).items() if not answer.is_free]),
        profiles=current_profiles(), chairs=chairs_to_choose_from(), key=form.key(), dates=dates, seen=wishes.seen_of(dates) if dates else "",
        taken=[one for one in dates if one.taken], elsewhere=len(elsewhere))


@bp.get("/<int:conference_id>")
def show(conference_id: int) -> ResponseReturnValue:
    return _show(conference_id)


def _show(conference_id: int, *, pin: str = "", failure: str = "") -> str:
    user, now = signed_in(), clock.now()
    occurrence, shown = conference_seen_by(user, conference_id, whole(request.args.get("occurrence", "")) or None)
    conference = occurrence.conference
    reservations, by_province = many_rooms.told(sorted(occurrence.reservations, key=lambda one: (
        one.room_id != conference.host_room_id, one.room.unit.order_key, one.room.order_key)), opened=whole(request.args.get("province", "")))
    return render_template(
        "staff/conferences/show.html", shown=shown, occurrence=occurrence, state=state_of(occurrence, now), pin=pin, now=now, failure=failure,
        reservations=reservations, by_province=by_province,
        unit_names=names_at({one.deciding_unit for one in reservations}, min(now, occurrence.planned_start_at)),
        rosters=[(session, roster_of(session, now=now)) for session in sessions_of(occurrence.id)], profile=conference.profile,
        minutes=minutes_of(occurrence), may_take_minutes=can(user, Action.TAKE_MINUTES, occurrence),
        newer=profile_versions.newer_profile_for(conference),
        dates=[(one, state_of(one, now)) for one in conference.occurrences] if conference.is_series else [],
        left_out=days_left_out(conference, now=now),
        alternatives=alternatives(occurrence) if can(user, Action.REPLACE_ROOM, occurrence) else {},
        may_lead=can(user, Action.START_SESSION, occurrence), how=connections_of(occurrence),
        may_cancel=can(user, Action.CANCEL_CONFERENCE, conference), may_amend=can(user, Action.AMEND_CONFERENCE, occurrence),
        may_amend_all=can(user, Action.AMEND_CONFERENCE, conference),
        may_make_pin=can(user, Action.RENEW_PIN, occurrence), checked=_checked(occurrence, user, now))


def _checked(occurrence: Occurrence, user: User, now: datetime) -> preflight.Summary | None:
    """Return how ready the rooms were found, for those who arrange the conference and while it lies ahead."""
    lies_ahead = occurrence.cancelled_at is None and occurrence.planned_start_at > now
    return preflight.summary_of(occurrence) if lies_ahead and can(user, Action.AMEND_CONFERENCE, occurrence) else None


@bp.post("/<int:conference_id>/cancellation")
def cancel(conference_id: int) -> ResponseReturnValue:
    """Cancel the conference, or of a series this date, or this and the following ones."""
    form = Form(typed=request.form)
    scope, occurrence_id = form.text("scope"), form.number("occurrence") or None
    cancel_conference(conference_id, by=signed_in(), reason=form.text("reason"), scope=Scope(scope) if scope in set(Scope) else Scope.ALL,
                      occurrence_id=occurrence_id)
    return redirect(url_for("staff.conferences.show", conference_id=conference_id, occurrence=occurrence_id), code=303)


@bp.post("/<int:conference_id>/dates")
def add_day(conference_id: int) -> ResponseReturnValue:
    """Add a date to a series: one that was left out, or another."""
    form = Form(typed=request.form)
    day = form.read("day", parse_day, "bad_date")
    if day is None:
        return _show(conference_id, failure=form.error("day")), 422
    try:
        occurrence_id = add_date(conference_id, day, by=signed_in())
    except InvalidInput as error:
        return _show(conference_id, failure=reason_sentence(error.problems[0].reason, dict(error.problems[0].facts))), 422
    except Refused as error:
        return _show(conference_id, failure=reason_sentence(error.reason, error.facts)), 409
    return redirect(url_for("staff.conferences.show", conference_id=conference_id, occurrence=occurrence_id), code=303)


@bp.post("/<int:conference_id>/pin")
def make_pin(conference_id: int) -> ResponseReturnValue:
    """Make a PIN and show it, this once."""
    occurrence, _ = conference_seen_by(signed_in(), conference_id, whole(request.args.get("occurrence", "")) or None)
    return _show(conference_id, pin=pins.make_pin(occurrence.id, by=signed_in()))


@bp.post("/<int:conference_id>/profile")
def switch_profile(conference_id: int) -> ResponseReturnValue:
    """Switch to the newer version of the profile that the page showed."""
    form = Form(typed=request.form)
    conference_id = profile_versions.switch_profile(conference_id, version=form.number("version"), by=signed_in())
    return redirect(url_for("staff.conferences.show", conference_id=conference_id), code=303)


@bp.get("/<int:conference_id>/calendar.ics")
def calendar(conference_id: int) -> ResponseReturnValue:
    occurrence, _ = conference_seen_by(signed_in(), conference_id)
    response = Response(as_calendar(occurrence.conference, availability.viewer_of(signed_in())), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="conference-{conference_id}.ics"'
    return response
