"""Booking forms that were kept: one's drafts and templates, and the templates that one's unit shares."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl.booking import saved_forms
from roomctl.web.access import signed_in
from roomctl.web.api.operation import operation, read_anew

bp = Blueprint("drafts", __name__, url_prefix="/drafts")


class SavedForm(BaseModel):
    id: int
    kind: str = Field(description="draft or template.")
    name: str
    own: bool
    shared: bool
    saved: datetime


class SavedForms(BaseModel):
    items: list[SavedForm]


class SavedFields(BaseModel):
    """The fields of the booking form as they were typed."""

    fields: dict[str, list[str]]


@bp.get("")
@operation("The drafts and templates that the token's person may use, the latest first", answer=SavedForms)
def index() -> SavedForms:
    return _forms()


@bp.get("/<int:form_id>")
@operation("What a draft or a template says", answer=SavedFields, refusals=(404,))
def show(form_id: int) -> SavedFields:
    return SavedFields(fields=saved_forms.fields_of(form_id, by=signed_in()))


@bp.post("/<int:form_id>/deletion")
@operation("Delete one of one's own", answer=SavedForms, refusals=(404,))
def delete(form_id: int) -> SavedForms:
    saved_forms.forget_form(form_id, by=signed_in())
    return _forms()


def _forms() -> SavedForms:
    read_anew()
    user = signed_in()
    return SavedForms(items=[SavedForm(id=one.id, kind=one.kind, name=one.name, own=one.user_id == user.id, shared=one.unit_id is not None,
                                       saved=one.saved_at) for one in saved_forms.forms_of(user)])
