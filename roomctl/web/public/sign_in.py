"""Signing in and out."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import Problem, Refused
from roomctl.organisation import signin
from roomctl.web.forms import Form
from roomctl.web.protection import SIGN_IN_COOKIE, keep_sign_in
from roomctl.web.public.language import own_path
from roomctl.web.status import status_of
from roomctl.web.words import reason_sentence

bp = Blueprint("sign_in", __name__)


@bp.get("/sign-in")
def show() -> ResponseReturnValue:
    return render_template("public/sign_in/show.html", form=Form(), failure="", next=own_path(request.args.get("next", "/")))


@bp.post("/sign-in")
def enter() -> ResponseReturnValue:
    form = Form(typed=request.form)
    following = own_path(form.text("next"))
    try:
        token = signin.sign_in(form.text("username")[:64], form.text("password")[:1024], address=request.remote_addr or "")
    except Refused as error:
        form.problems.append(Problem("username", error.reason))
        failure = reason_sentence(error.reason, error.facts)
        return render_template("public/sign_in/show.html", form=form, failure=failure, next=following), status_of(error)
    response = redirect(following, code=303)
    keep_sign_in(response, token, settings=current_app.config["SETTINGS"])
    return response


@bp.post("/sign-out")
def leave() -> ResponseReturnValue:
    token = request.cookies.get(SIGN_IN_COOKIE, "")
    if token:
        signin.sign_out(token)
    response = redirect(url_for("public.sign_in.show"), code=303)
    response.delete_cookie(SIGN_IN_COOKIE)
    return response
