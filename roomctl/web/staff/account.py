"""One's own account: choosing a password."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import InvalidInput
from roomctl.organisation import signin
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.protection import keep_sign_in

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
def show() -> ResponseReturnValue:
    return _show(Form(), changed="changed" in request.args)


def _show(form: Form, *, changed: bool = False) -> str:
    return render_template("staff/account/show.html", user=signed_in(), form=form, changed=changed, least=signin.LEAST_PASSWORD)


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    """Change the password and go on with a fresh sign-in; the others of this person have ended."""
    form, user = Form(typed=request.form), signed_in()
    is_first = user.must_change_password
    try:
        token = signin.choose_password(user, old=form.text("old"), new=form.text("new"), again=form.text("again"),
                                       address=request.remote_addr or "")
    except InvalidInput as error:
        form.problems += error.problems
        return _show(form), 422
    response = redirect(url_for("public.home.show") if is_first else url_for("staff.account.show", changed=1), code=303)
    keep_sign_in(response, token, settings=current_app.config["SETTINGS"])
    return response
