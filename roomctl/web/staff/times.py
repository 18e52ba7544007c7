"""Finding a time at which rooms and people are free together; a time that was found leads back to the booking form, filled as it was."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.find_time import Times, common_times
from roomctl.booking.wish import MOST_ROOMS
from roomctl.errors import Problem
from roomctl.organisation.tables import chairs_to_choose_from
from roomctl.rooms.groups import rooms_of_group
from roomctl.rooms.tables import rooms_by_id
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import profile_by_id
from roomctl.timespan import to_local
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day, parse_time
from roomctl.web.staff import chooser

bp = Blueprint("times", __name__, url_prefix="/times")
SHORTEST_MIN, LONGEST_MIN, USUAL_MIN = 15, 660, 60
# What is not carried to the booking form: what is said anew there, and the buttons that were pressed here.
LEFT_HERE = {"csrf_token", "day", "start", "end", "length", "rooms", "whole", "host_room", "words", "find", "add", "show", "clear", "save_group",
             "group_name", "find_times", "check", "book", "group", "province"}


@bp.get("")
def index() -> ResponseReturnValue:
    """The form; with ?group=ID or ?rooms=ID its answer too."""
    form = Form(typed=request.args.copy())
    form.typed.setlist("rooms", [*form.typed.getlist("rooms"), *map(str, rooms_of_group(form.number("group"), signed_in()))])
    _propose(form)
    return _show(form, _times(form) if chooser.chosen_in(form) else None)


@bp.post("")
def find() -> ResponseReturnValue:
    form = Form(typed=request.form.copy())
    _propose(form)
    if chooser.wants_more(form):
        return _show(form)
    times = _times(form)
    return _show(form, times), 200 if times else 422


def _propose(form: Form) -> None:
    """Fill in the day and the length that were not typed; a booking form that leads here has a start and an end instead."""
    if not form.text("day").strip():
        form.typed["day"] = to_local(clock.now()).strftime("%d/%m/%Y")
    if not form.text("length").strip():
        form.typed["length"] = str(_typed_length(form) or USUAL_MIN)


def _typed_length(form: Form) -> int:
    try:
        start, end = parse_time(form.text("start").strip()), parse_time(form.text("end").strip())
    except ValueError:
        return 0
    return max((end.hour - start.hour) * 60 + end.minute - start.minute, 0)


def _times(form: Form) -> Times | None:
    """Return what was found; None with its problems noted when the question is not a good one."""
    day, length = form.read("day", parse_day, "bad_date"), form.count("length")
    if not SHORTEST_MIN <= length <= LONGEST_MIN and not form.error("length"):
        form.problems.append(Problem("length", "bad_length", (("least", SHORTEST_MIN), ("most", LONGEST_MIN))))
    wanted = set(chooser.chosen_in(form))
    if len(wanted) > MOST_ROOMS:
        form.problems.append(Problem("rooms", "too_many_rooms", (("limit", MOST_ROOMS),)))
    rooms = rooms_by_id(wanted) if len(wanted) <= MOST_ROOMS else {}
    if not rooms and not form.error("rooms"):
        form.problems.append(Problem("rooms", "no_rooms"))
    if form.problems or day is None:
        return None
    people = {one for one in (form.number("chair"), *form.numbers("invited")) if one}
    return common_times(list(rooms.values()), length=timedelta(minutes=length), from_day=day, people=people)


def _show(form: Form, times: Times | None = None) -> str:
    profile = profile_by_id(form.number("profile"))
    # A title typed at mật goes nowhere, not even back onto the screen.
    left_here = LEFT_HERE | ({"title", "attendees"} if profile is None or Classification(profile.classification).is_classified else set())
    carried = [(name, value) for name, values in form.typed.lists() if name not in left_here for value in values]
    chosen = set(chooser.chosen_in(form))
    return render_template(
        "staff/times/index.html", form=form, times=times, choice=chooser.choice(form), answers={}, carried=carried, chairs=chairs_to_choose_from(),
        room_fields=lambda left_out: chooser.fields_of(chosen - set(left_out)), host_room=form.number("host_room"))
