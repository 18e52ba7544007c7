"""Security profiles that a conference can be asked for with."""

from flask import Blueprint

from roomctl.security_profiles.tables import current_profiles
from roomctl.web.api import models
from roomctl.web.api.operation import operation

bp = Blueprint("profiles", __name__, url_prefix="/profiles")


@bp.get("")
@operation("The newest version of each security profile", answer=models.Profiles)
def index() -> models.Profiles:
    return models.Profiles(items=[models.Profile.of(row) for row in current_profiles()])
