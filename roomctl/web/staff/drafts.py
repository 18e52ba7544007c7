"""Booking forms that are kept: drafts and templates."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking import saved_forms
from roomctl.errors import InvalidInput
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.staff import wishes

bp = Blueprint("drafts", __name__, url_prefix="/drafts")


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form())


def _index(form: Form) -> str:
    return render_template("staff/drafts/index.html", forms=saved_forms.forms_of(signed_in()), me=signed_in(), form=form)


@bp.post("")
def save() -> ResponseReturnValue:
    """Keep the booking form as it was typed, complete or not."""
    form = Form(typed=request.form)
    wishes.forget_classified_text(form)
    kind = form.text("kind")
    try:
        saved_forms.save_form(kind, {name: form.typed.getlist(name) for name in form.typed}, by=signed_in(), name=form.text("template_name"),
                              shared="shared" in form.typed, key=f"{kind}-{form.key()}")
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form), 422
    return redirect(url_for("staff.drafts.index"), code=303)


@bp.post("/<int:form_id>/deletion")
def delete(form_id: int) -> ResponseReturnValue:
    saved_forms.forget_form(form_id, by=signed_in())
    return redirect(url_for("staff.drafts.index"), code=303)
