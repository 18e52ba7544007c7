"""People: accounts, one-time passwords, roles."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import directory
from roomctl.organisation.access import can, reach_of, require, visible
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import User, people_found, user_by_id
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, searched

bp = Blueprint("people", __name__, url_prefix="/people")
MOST_FOUND = 50


@bp.get("")
def index() -> ResponseReturnValue:
    user, words = signed_in(), searched(request.args.get("words", ""))
    found = visible(user, Action.KEEP_PEOPLE, people_found(words, below=reach_of(user, Action.KEEP_PEOPLE), limit=MOST_FOUND + 1))
    return render_template("admin/people/index.html", people=found[:MOST_FOUND], more=len(found) > MOST_FOUND, most=MOST_FOUND, words=words)


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _form(Form(typed=request.args))


def _form(form: Form) -> str:
    return render_template("admin/people/new.html", form=form, key=form.key(), roles=list(Role))


@bp.post("")
def create() -> ResponseReturnValue:
    """Open an account and show its one-time password, this once."""
    form = Form(typed=request.form)
    role = _role(form) if form.text("role") else None
    person = directory.NewPerson(username=form.text("username"), name=form.text("name"), title=form.text("title"), phone=form.text("phone"),
                                 email=form.text("email"))
    if form.problems:
        return _form(form), 422
    try:
        user_id, password = directory.open_account(person, form.text("unit"), by=signed_in(), key=form.key(), roles=(role,) if role else ())
    except InvalidInput as error:
        form.problems += error.problems
        return _form(form), 422
    if not password:  # The form was sent twice; the first answer showed it.
        return _back(user_id)
    return _show(user_id, password=password)


def _role(form: Form) -> Role | None:
    return form.read("role", Role, "unknown_choice")


def _back(user_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.people.show", user_id=user_id), code=303)


@bp.get("/<int:user_id>")
def show(user_id: int) -> ResponseReturnValue:
    return _show(user_id)


def _person(user_id: int) -> User:
    person = user_by_id(user_id)
    if person is None:
        raise NotVisible
    require(signed_in(), Action.KEEP_PEOPLE, person)
    return person


def _show(user_id: int, form: Form | None = None, *, password: str = "") -> str:
    user, person = signed_in(), _person(user_id)
    grants = [(grant, can(user, Action.GRANT_ROLE, grant.unit)) for grant in person.standing_grants()]
    return render_template("admin/people/show.html", person=person, grants=grants, form=form or Form(), roles=list(Role), password=password,
                           may_keep=directory.may_keep(user, person), is_self=user.id == person.id)


@bp.post("/<int:user_id>/roles")
def grant(user_id: int) -> ResponseReturnValue:
    form, person = Form(typed=request.form), _person(user_id)
    role = _role(form)
    try:
        unit = directory.unit_with_code(form.text("unit"))
        if role is not None:
            directory.grant_role(person, role, unit, by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
    except Refused as error:
        form.problems.append(Problem("role", error.reason, tuple(error.facts.items())))
    return (_show(user_id, form), 422) if form.problems else _back(user_id)


@bp.post("/<int:user_id>/roles/<int:grant_id>/revocation")
def revoke(user_id: int, grant_id: int) -> ResponseReturnValue:
    user, person = signed_in(), _person(user_id)
    if all(one.id != grant_id for one in person.grants):
        raise NotVisible
    directory.revoke_role(grant_id, by=user)
    # With the last role in the administrator's reach the person may have gone out of it.
    return _back(user_id) if can(user, Action.KEEP_PEOPLE, person) else redirect(url_for("admin.people.index"), code=303)


@bp.post("/<int:user_id>/closing")
def close(user_id: int) -> ResponseReturnValue:
    directory.close_account(user_id, by=signed_in())
    return _back(user_id)


@bp.post("/<int:user_id>/password")
def renew_password(user_id: int) -> ResponseReturnValue:
    """Make a one-time password and show it, this once."""
    return _show(user_id, password=directory.renew_password(user_id, by=signed_in()))
