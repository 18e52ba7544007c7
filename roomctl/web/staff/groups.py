"""Saved groups of rooms: seeing them, renaming, sharing and deleting one's own.  They are saved where rooms are chosen."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import InvalidInput
from roomctl.rooms import groups
from roomctl.rooms.tables import in_order
from roomctl.web.access import signed_in
from roomctl.web.forms import Form

bp = Blueprint("groups", __name__, url_prefix="/groups")


@bp.get("")
def index() -> ResponseReturnValue:
    return _show()


def _show(form: Form | None = None, *, of: int = 0) -> str:
    """Show the groups; `form` is what was typed for the group `of`."""
    user = signed_in()
    found = [(group, in_order(room for room in group.rooms if room.retired_at is None)) for group in groups.groups_for(user)]
    return render_template("staff/groups/index.html", groups=found, user=user, form=form or Form(), of=of)


@bp.post("/<int:group_id>")
def change(group_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        groups.change_group(group_id, name=form.text("group_name"), shared=form.text("shared") == "1", by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(form, of=group_id), 422
    return redirect(url_for("staff.groups.index"), code=303)


@bp.post("/<int:group_id>/deletion")
def delete(group_id: int) -> ResponseReturnValue:
    groups.delete_group(group_id, by=signed_in())
    return redirect(url_for("staff.groups.index"), code=303)
