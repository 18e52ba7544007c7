"""Invitations: what I am invited to and my answer; for who asked for a conference or chairs it, whom to invite and what they answered."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking import invite as invitations
from roomctl.errors import InvalidInput
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, searched

bp = Blueprint("invitations", __name__, url_prefix="/invitations")


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form())


def _index(form: Form, *, about: int = 0) -> str:
    return render_template("staff/invitations/index.html", invited=invitations.invitations_of(signed_in()), form=form, about=about,
                           longest_note=invitations.LONGEST_NOTE)


@bp.post("/conferences/<int:conference_id>/answer")
def answer(conference_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        invitations.answer_invitation(conference_id, form.text("answer"), by=signed_in(), note=form.text("note"))
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form, about=conference_id), 422
    return redirect(url_for("staff.invitations.index"), code=303)


@bp.get("/conferences/<int:conference_id>")
def show(conference_id: int) -> ResponseReturnValue:
    return _show(conference_id, Form(typed=request.args))


def _show(conference_id: int, form: Form) -> str:
    words = searched(form.text("words"))
    return render_template("staff/invitations/show.html", guests=invitations.guest_list(conference_id, by=signed_in()), form=form, words=words,
                           found=invitations.people_found(words), most=invitations.MOST_FOUND)


@bp.post("/conferences/<int:conference_id>/people")
def invite(conference_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        invitations.invite_people(conference_id, form.numbers("people"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(conference_id, form), 422
    return _back(conference_id)


@bp.post("/conferences/<int:conference_id>/people/<int:user_id>/withdrawal")
def withdraw(conference_id: int, user_id: int) -> ResponseReturnValue:
    invitations.withdraw(conference_id, user_id, by=signed_in())
    return _back(conference_id)


def _back(conference_id: int) -> ResponseReturnValue:
    return redirect(url_for("staff.invitations.show", conference_id=conference_id), code=303)
