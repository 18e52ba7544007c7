"""Security profiles: what each demands, and adding a version with a look at what would change before it counts."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from roomctl.booking import profile_versions
from roomctl.errors import Conflict, InvalidInput, NotVisible
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.unit_tables import root_unit
from roomctl.security_profiles import catalogue
from roomctl.security_profiles.catalogue import Terms
from roomctl.security_profiles.profile import AttestationKind, OnDrift
from roomctl.security_profiles.tables import current_profiles, versions_of
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.words import reason_sentence

bp = Blueprint("profiles", __name__, url_prefix="/profiles")


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("auditor/profiles/index.html",
                           profiles=[(one, profile_versions.pinned_versions(one.key)) for one in current_profiles()])


@bp.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    versions = versions_of(key[:32])
    if not versions:
        raise NotVisible
    return _show(key, Form(typed=_as_typed(catalogue.terms_of(versions[0]), versions[0].version)))


def _show(key: str, form: Form, *, changes: dict[str, tuple[object, object]] | None = None, failure: str = "") -> str:
    versions = versions_of(key[:32])
    return render_template(
        "auditor/profiles/show.html", key=key, versions=versions, newest=versions[0], form=form, kinds=list(AttestationKind),
        ways=list(OnDrift), pinned=profile_versions.pinned_versions(key), changes=changes, failure=failure,
        may_keep=can(signed_in(), Action.KEEP_PROFILES, root_unit()), least=catalogue.LEAST_INTERVAL_S, most=catalogue.MOST_INTERVAL_S)


@bp.post("/<key>")
def create(key: str) -> ResponseReturnValue:
    """Show what would change, or add the version, whichever button was pressed."""
    form = Form(typed=request.form)
    catalogue.require_keeper(signed_in())
    if not versions_of(key[:32]):
        raise NotVisible
    try:
        terms = catalogue.checked_terms(key, _terms(form))
        if form.problems:
            return _show(key, form), 422
        if "save" not in form.typed:
            return _show(key, form, changes=catalogue.differences(catalogue.terms_of(versions_of(key)[0]), terms))
        profile_versions.renew_profile(key, terms, seen_version=form.number("seen"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(key, form), 422
    except Conflict as error:
        return _show(key, form, failure=reason_sentence(error.reason, error.facts)), 409
    return redirect(url_for("auditor.profiles.show", key=key), code=303)


def _terms(form: Form) -> Terms:
    return Terms(name_vi=form.text("name_vi"), name_en=form.text("name_en"), min_grade=form.text("min_grade"),
                 suites=tuple(form.text("suites").splitlines()), check_interval_s=form.count("check_interval_s"), on_drift=form.text("on_drift"),
                 overridable=form.text("overridable") == "1",
                 attestations={kind.value: form.count(f"days_{kind}") for kind in AttestationKind if form.text(f"needs_{kind}") == "1"})


def _as_typed(terms: Terms, version: int) -> MultiDict[str, str]:
    typed: dict[str, str] = {
        "name_vi": terms.name_vi, "name_en": terms.name_en, "min_grade": terms.min_grade, "suites": "\n".join(terms.suites),
        "check_interval_s": str(terms.check_interval_s), "on_drift": terms.on_drift, "overridable": "1" if terms.overridable else "",
        "seen": str(version), **{f"needs_{kind}": "1" for kind in terms.attestations},
        **{f"days_{kind}": str(days) for kind, days in terms.attestations.items()}}
    return MultiDict(typed)
