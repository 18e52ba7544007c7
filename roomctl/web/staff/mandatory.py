"""Making a conference mandatory, and naming what it displaces: for an approver of the unit of its host room."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking import mandatory
from roomctl.booking.availability import RoomsNotFree
from roomctl.errors import Conflict, InvalidInput, Refused
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.words import reason_sentence

bp = Blueprint("mandatory", __name__, url_prefix="/mandatory")


@bp.get("/<int:conference_id>")
def show(conference_id: int) -> ResponseReturnValue:
    return _show(conference_id, Form())


def _show(conference_id: int, form: Form, *, failure: str = "") -> str:
    user = signed_in()
    conference, shown, missing = mandatory.to_displace(conference_id, by=user)
    return render_template("staff/mandatory/show.html", conference_id=conference.id, is_mandatory=conference.mandatory_at is not None,
                           since=conference.mandatory_at, is_own=conference.organizer_id == user.id, unit=conference.host_room.unit,
                           shown=shown, missing=missing, form=form, failure=failure, chosen=set(form.numbers("ids")))


@bp.post("/<int:conference_id>/marking")
def mark(conference_id: int) -> ResponseReturnValue:
    mandatory.make_mandatory(conference_id, by=signed_in())
    return redirect(url_for("staff.mandatory.show", conference_id=conference_id), code=303)


@bp.post("/<int:conference_id>/occurrences/<int:occurrence_id>/displacement")
def displace(conference_id: int, occurrence_id: int) -> ResponseReturnValue:
    """Displace what was chosen on one date, or nothing."""
    form = Form(typed=request.form)
    try:
        mandatory.displace(form.numbers("ids"), for_occurrence_id=occurrence_id, by=signed_in(), reason=form.text("reason"))
    except InvalidInput as error:
        form.problems += error.problems
        return _show(conference_id, form, failure=" ".join(reason_sentence(one.reason, dict(one.facts)) for one in error.problems)), 422
    except (Conflict, RoomsNotFree) as error:
        return _show(conference_id, form, failure=reason_sentence(error.reason, error.facts)), 409
    except Refused as error:
        return _show(conference_id, form, failure=reason_sentence(error.reason, error.facts)), 422
    return redirect(url_for("staff.mandatory.show", conference_id=conference_id), code=303)
