"""Signing in and out."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import Problem, Refused
from roomctl.organisation import signin
from roomctl.web.forms import Form
from roomctl.web.protection import set_cookie
from roomctl.web.public.language import own_path
from roomctl.web.status import status_of
from roomctl.web.words import reason_sentence

SIGN_IN_COOKIE = "roomctl_signin"
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
    # Lax, so that a link in a mail opens the page; every write carries a CSRF token besides.
    set_cookie(response, SIGN_IN_COOKIE, token, settings=current_app.config["SETTINGS"],
               max_age_s=int(signin.SIGN_IN_LASTS.total_seconds()), strict=False)
    return response


@bp.post("/sign-out")
def leave() -> ResponseReturnValue:
    token = request.cookies.get(SIGN_IN_COOKIE, "")
    if token:
        signin.sign_out(token)
    response = redirect(url_for("public.sign_in.show"), code=303)
    response.delete_cookie(SIGN_IN_COOKIE)
    return response
