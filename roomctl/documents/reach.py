"""Who reaches the agenda and the documents of a conference: to read them, and to keep them.

Restricted conferences have neither.  That is asked each time somebody reads, so what was there before a conference became
restricted is out of reach at once, and all that is left to do with it is to remove it.
"""

from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.tables import Conference, Occurrence
from roomctl.booking.visibility import Full
from roomctl.errors import Conflict, NotVisible, Refused
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User


def seen(user: User, conference_id: int) -> tuple[Occurrence, Full]:
    """Return a conference whose agenda and documents `user` may read; raise NotVisible where there is nothing to read for them."""
    occurrence, full = conference_seen_by(user, conference_id)
    if full.classification.is_restricted:
        raise NotVisible
    return occurrence, full


def emptied(user: User, conference_id: int) -> Conference:
    """Return a conference whose agenda and documents `user` may remove, restricted or not; raise NotVisible and NotAllowed."""
    occurrence, _ = conference_seen_by(user, conference_id)
    access.require(user, Action.KEEP_DOCUMENTS, occurrence.conference)
    return occurrence.conference


def kept(user: User, conference_id: int) -> Conference:
    """Return a conference whose agenda and documents `user` may add to.

    Raises NotVisible, NotAllowed, Refused("no_documents_when_restricted") and Conflict("cancelled").
    """
    occurrence, full = conference_seen_by(user, conference_id)
    access.require(user, Action.KEEP_DOCUMENTS, occurrence.conference)
    if full.classification.is_restricted:
        raise Refused("no_documents_when_restricted")
    if occurrence.conference.cancelled_at is not None:
        raise Conflict("cancelled")
    return occurrence.conference
