"""Who attends a conference: inviting them, taking an invitation back, what they answer, and telling them of changes.

Only people with an account are invited.  Whoever is invited sees the conference in full, and no longer once it is withdrawn.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import invitation_tables, tables
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.availability import viewer_of
from roomctl.booking.visibility import Busy, Full, View, view
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Problem, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, active_people
from roomctl.text import TextRefused, clean_line, vietnamese_order

MOST_INVITED = 500
MOST_FOUND = 20
MOST_SHOWN = 100
LONGEST_NOTE = 250  # With the name of who wrote it, it is the reason of a notice.
LONGEST_REASON = 500


class Answer(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


@dataclass(frozen=True, slots=True)
class Invited:
    """What a person is invited to: its next date, how many dates are left, and what they have answered."""

    conference_id: int
    shown: View
    dates: int
    answer: str
    note: str


@dataclass(frozen=True, slots=True)
class GuestList:
    """Who was invited to a conference; `may_change` while there is a date left to attend."""

    shown: Full
    invitations: list[tables.Invitation]
    may_change: bool

    @property
    def user_ids(self) -> set[int]:
        return {one.user_id for one in self.invitations}


def attendees_of(conference: tables.Conference, occurrence: tables.Occurrence | None = None) -> set[int]:
    """Return the ids of everybody whose calendar the conference, or one date of it, belongs in: organizer, chairs and invited people."""
    chairs = {occurrence.leader_id} if occurrence else {one.leader_id for one in conference.occurrences} | {conference.chair_id}
    return {conference.organizer_id, *chairs, *(one.user_id for one in conference.invitations)}


def tell_attendees(kind: NoticeKind, conference: tables.Conference, *, occurrence: tables.Occurrence | None = None, reason: str = "",
                   also: Collection[int] = (), by: int | None = None) -> None:
    """Leave everybody concerned a notice of the conference, or of one date of it, inside the caller's transaction.

    `also` names people who are not concerned any more, and must hear of that; `by` did it and need not be told.
    """
    _tell(kind, conference, {*attendees_of(conference), *also} - {by}, occurrence=occurrence, reason=reason)


def _tell(kind: NoticeKind, conference: tables.Conference, to: Collection[int], *, occurrence: tables.Occurrence | None = None,
          reason: str = "") -> None:
    now = clock.now()
    standing = [one for one in conference.occurrences if one.cancelled_at is None]
    dates = [occurrence] if occurrence else [one for one in standing if one.planned_end_at > now] or standing \
        or [one for one in conference.occurrences if not one.left_out]
    outbox.enqueue(kind, to=to, conference_id=conference.id, occurrence_id=dates[0].id, reason=reason, times=len(dates))


def invite_people(conference_id: int, user_ids: Collection[int], *, by: User | None) -> None:
    """Invite people; those who are invited already are left as they are.

    Raises NotVisible, NotAllowed, InvalidInput, Conflict("already_cancelled") and Refused("conference_over").
    """
    with write_transaction():
        conference, by = _to_change(conference_id, by)
        _require_ahead(conference)
        fresh = set(user_ids) - {one.user_id for one in conference.invitations}
        if not fresh:
            return
        if len(active_people(fresh)) != len(fresh):
            raise InvalidInput([Problem("people", "unknown_person")])
        if len(conference.invitations) + len(fresh) > MOST_INVITED:
            raise InvalidInput([Problem("people", "too_many_people", (("limit", MOST_INVITED),))])
        conference.invitations += [tables.Invitation(user_id=user_id, added_at=clock.now()) for user_id in sorted(fresh)]
        trail.append(EventKind.PEOPLE_INVITED, actor=by.id, subject=conference.ref, unit=conference.unit_id,
                     classification=conference.classification, people=sorted(fresh))
        _tell(NoticeKind.INVITED, conference, fresh - {by.id})


def withdraw(conference_id: int, user_id: int, *, by: User | None) -> None:
    """Take an invitation back; one that is not there (any more) is nothing to do.

    Raises NotVisible, NotAllowed, Conflict("already_cancelled") and Refused("conference_over").
    """
    with write_transaction():
        conference, by = _to_change(conference_id, by)
        _require_ahead(conference)
        invitation = invitation_tables.invitation_for_update(conference.id, user_id)
        if invitation is None:
            return
        conference.invitations.remove(invitation)
        db.session.delete(invitation)
        conference.sequence += 1  # What takes it out of a calendar must be newer than what put it in.
        db.session.flush()
        trail.append(EventKind.INVITATION_WITHDRAWN, actor=by.id, subject=conference.ref, unit=conference.unit_id,
                     classification=conference.classification, person=user_id)
        if user_id not in attendees_of(conference):  # A chair stays one.
            _tell(NoticeKind.INVITATION_WITHDRAWN, conference, {user_id} - {by.id})


def answer_invitation(conference_id: int, answer: str, *, by: User | None, note: str = "") -> None:
    """Note what an invited person answers; a later answer takes the place of an earlier one, and the organizer hears of a "no".

    Raises NotVisible, NotAllowed for who is not invited, InvalidInput, Conflict("already_cancelled") and Refused("conference_over").
    """
    answer, note = _read(answer, note)
    with write_transaction():
        # The conference first, as everywhere: an invitation is neither answered while it is withdrawn nor while all is cancelled.
        conference = _seen_by(conference_id, by)
        invitation = invitation_tables.invitation_for_update(conference.id, by.id)
        if invitation is None:
            raise NotAllowed(action="answer_invitation", subject=conference.ref)
        _require_ahead(conference)
        if (invitation.answer, invitation.note) == (answer, note):
            return
        says_no_now = answer == Answer.DECLINED and invitation.answer != Answer.DECLINED
        invitation.answer, invitation.note, invitation.answered_at = answer, note, clock.now()
        trail.append(EventKind.INVITATION_ANSWERED, actor=by.id, subject=conference.ref, unit=conference.unit_id,
                     classification=conference.classification, answer=answer)
        if says_no_now and conference.organizer_id != by.id:
            reason = f"{by.name}: {note}" if note else by.name
            _tell(NoticeKind.INVITATION_ANSWERED, conference, {conference.organizer_id}, reason=reason[:LONGEST_REASON])


def invitations_of(user: User) -> list[Invited]:
    """Return what a person is invited to and is not over, the nearest first."""
    rows = invitation_tables.coming_invitations(user.id, clock.now(), limit=MOST_SHOWN)
    occurrences, viewer = tables.occurrences_by_ids({occurrence_id for _, occurrence_id, _ in rows}), viewer_of(user)
    return [Invited(invitation.conference_id, view(occurrences[occurrence_id].facts(), viewer), dates, invitation.answer, invitation.note)
            for invitation, occurrence_id, dates in rows]


def guest_list(conference_id: int, *, by: User) -> GuestList:
    """Return who was invited, in the order of names.  Raises NotVisible, and NotAllowed for who may not invite."""
    occurrence, shown = conference_seen_by(by, conference_id)
    conference = occurrence.conference
    access.require(by, Action.INVITE, conference)
    return GuestList(shown, sorted(conference.invitations, key=lambda one: vietnamese_order(one.user.name)), _is_ahead(conference))


def people_found(words: str) -> list[User]:
    """Return people to invite whose name holds `words`, at most MOST_FOUND; none without words."""
    return invitation_tables.people_to_invite(words, limit=MOST_FOUND) if words.strip() else []


def _read(answer: str, note: str) -> tuple[str, str]:
    if answer not in set(Answer):
        raise InvalidInput([Problem("answer", "unknown_choice")])
    try:
        return answer, clean_line(note, longest=LONGEST_NOTE)
    except TextRefused as error:
        raise InvalidInput([Problem("note", f"text_{error.reason}", (("limit", LONGEST_NOTE),))]) from error


def _seen_by(conference_id: int, by: User | None) -> tables.Conference:
    """Lock a conference that `by` may know of; raise NotVisible for any other."""
    conference = invitation_tables.conference_row_for_update(conference_id)
    if conference is None or by is None:
        raise NotVisible
    first = tables.occurrence_by_id(conference.occurrences[0].id)
    if isinstance(view(first.facts(), viewer_of(by)), Busy):
        raise NotVisible
    return conference


def _to_change(conference_id: int, by: User | None) -> tuple[tables.Conference, User]:
    conference = _seen_by(conference_id, by)
    return conference, access.require(by, Action.INVITE, conference)


def _require_ahead(conference: tables.Conference) -> None:
    """Raise Conflict("already_cancelled") or Refused("conference_over") when there is no date left to attend."""
    if conference.cancelled_at is not None:
        raise Conflict("already_cancelled")
    if not _is_ahead(conference):
        raise Refused("conference_over")


def _is_ahead(conference: tables.Conference) -> bool:
    return any(one.cancelled_at is None and one.planned_end_at > clock.now() for one in conference.occurrences)
