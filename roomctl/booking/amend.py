"""Changing a conference: one date, this and the following ones, or all that have not begun."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import invite, lifecycle, tables, waiting
from roomctl.booking.amendment import OF_ONE_DATE, Amendment, clean_texts, moved, text_problems
from roomctl.booking.availability import viewer_of
from roomctl.booking.bridge_ports import insist_on_ports
from roomctl.booking.cancel import conference_to_change
from roomctl.booking.dates import Dated, DatesNotFree, with_answers
from roomctl.booking.divide import divide
from roomctl.booking.lifecycle import ACTIVE, Change, ReservationState
from roomctl.booking.recurrence import rule_for
from roomctl.booking.request import Asker, ask_again, reserve, who_decides
from roomctl.booking.scope import Scope, concerned, place_of
from roomctl.booking.wish import room_problems, span_problems
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, Problem
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import User, holds_role_somewhere
from roomctl.rooms.tables import Room, lock_rooms
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import profile_by_id
from roomctl.timespan import Span, to_local


def amend_conference(conference_id: int, change: Amendment, *, scope: Scope = Scope.ALL, occurrence_id: int | None = None, by: User | None) -> int:
    """Change a conference and return the id under which the changed dates are found from now on.

    A title or a shorter time keeps approvals; another or a longer time returns the rooms concerned to their approvers, another
    profile all of them (design, booking rule 7).  Dates that were cancelled stay so, and dates that were moved stay where
    they are.  Where dates stay as they were before the changed ones, the series is divided: the past never changes.
    Sent twice, it changes nothing the second time.  Raises NotVisible, NotAllowed, InvalidInput, Refused("conference_over"),
    Refused("session_running"), DatesNotFree with the dates in question, and Conflict.
    """
    try:
        with write_transaction():
            conference, anchor = conference_to_change(conference_id, occurrence_id, by, also_rooms=change.room_ids or ())
            scope = scope if conference.is_series else Scope.ALL
            # Whoever chairs one day changes that day.
            by = access.require(by, Action.AMEND_CONFERENCE, anchor if scope == Scope.THIS else conference)
            if conference.cancelled_at is not None or anchor.cancelled_at is not None:
                raise Conflict("already_cancelled")
            return amend_within(conference, anchor, change, scope=scope, by=by)
    except IntegrityError as error:
        raise Conflict("just_taken") from error


def amend_within(conference: tables.Conference, anchor: tables.Occurrence, change: Amendment, *, scope: Scope, by: User) -> int:
    """Change a conference, which is locked with its rooms, inside the caller's transaction; `by` may do so.  As `amend_conference`."""
    dates = concerned(conference.occurrences, anchor, scope, now=clock.now())
    return _Amended(conference, anchor, dates, scope, change, by).carry_out()


class _Amended:
    """One amendment under way, inside its transaction: first everything is asked, then everything is changed."""

    def __init__(self, conference: tables.Conference, anchor: tables.Occurrence, dates: list[tables.Occurrence], scope: Scope, change: Amendment,
                 by: User) -> None:
        self.conference, self.anchor, self.dates, self.scope, self.change, self.by = conference, anchor, dates, scope, change, by
        self.asker = Asker.of(conference.organizer)
        self.texts = clean_texts(change)
        self.classification = Classification(conference.classification)
        self.anchor_was = anchor.span
        self.spans = {one.id: self._new_span(one) for one in dates}
        self.moved = [one for one in dates if self.spans[one.id] != one.span]
        self.new_profile = change.profile_id is not None and change.profile_id != conference.profile_id

    # Asking

    def carry_out(self) -> int:
        self._check()
        before = {(one.id, held.room_id): held.held_span for one in self.dates for held in one.standing}
        rooms = lock_rooms({*self._rooms_wanted(), *(room_id for _, room_id in before)})
        self._check_rooms(rooms)
        self._require_free(rooms)
        changed = self._what_changes()
        if not changed:
            return self.conference.id
        was_attending = invite.attendees_of(self.conference)
        self._divide_where_needed()
        self._write_facts()
        asked_again = self._move(rooms)
        added = self._add_and_remove(rooms)
        self.conference.sequence += 1
        db.session.flush()
        self._tell(asked_again, was_attending)
        trail.append(EventKind.CONFERENCE_AMENDED, actor=self.by.id, subject=self.conference.ref, unit=self.conference.unit_id,
                     classification=self.conference.classification, scope=self.scope, changed=sorted(changed),
                     occurrences=[one.id for one in self.dates], rooms=sorted({one.room_id for one in added}),
                     start=trail.iso(self.anchor.planned_start_at), end=trail.iso(self.anchor.planned_end_at))
        self._let_others_in(before)
        return self.conference.id

    def _new_span(self, occurrence: tables.Occurrence) -> Span:
        """Return when a date takes place after the change: a whole series moves by wall time, but for dates that were moved by themselves."""
        wanted = self.change.span
        if wanted is None or wanted == self.anchor.span:
            return occurrence.span
        if occurrence is self.anchor:
            return wanted
        if occurrence.slot_at != occurrence.planned_start_at:
            return occurrence.span
        start = moved(occurrence.planned_start_at, self.anchor.planned_start_at, wanted.start)
        return Span(start, start + wanted.length)

    def _check(self) -> None:
        change, problems = self.change, []
        if self.scope == Scope.THIS and change.named() - OF_ONE_DATE:
            raise InvalidInput([Problem(sorted(change.named() - OF_ONE_DATE)[0], "only_for_all_dates")])
        for span in {self.spans[one.id] for one in self.moved}:
            problems += span_problems(span) or ([Problem("start", "start_in_the_past")] if span.start < clock.now() else [])
        if self.new_profile:
            profile = profile_by_id(change.profile_id or 0)
            if profile is None:
                raise InvalidInput([*problems, Problem("profile", "unknown_profile")])
            self.classification = Classification(profile.classification)
        problems += text_problems(self.texts, self.classification, title=self.conference.title, code_name=self.conference.code_name)
        if change.chair_id is not None and change.chair_id != self.anchor.leader_id:
            chair = db.session.get(User, change.chair_id)
            if chair is None or not chair.active or not holds_role_somewhere(chair.id, Role.CHAIR):
                problems.append(Problem("chair", "unknown_chair"))
        if change.room_ids is not None:
            problems += room_problems(change.room_ids, self._host_room_id(), is_series=self.conference.is_series)
        elif change.host_room_id is not None and any(change.host_room_id not in _asked_for(one) for one in self.dates):
            problems.append(Problem("host_room", "host_room_not_among_rooms"))
        if problems:
            raise InvalidInput(list(dict.fromkeys(problems)))

    def _host_room_id(self) -> int:
        return self.change.host_room_id or self.conference.host_room_id

    def _rooms_wanted(self) -> set[int]:
        return set(self.change.room_ids or ())

    def _rooms_of(self, occurrence: tables.Occurrence) -> set[int]:
        """Return the rooms that a date asks for after the change."""
        return self._rooms_wanted() or _asked_for(occurrence)

    def _check_rooms(self, rooms: Mapping[int, Room]) -> None:
        if self._rooms_wanted() - set(rooms):
            raise InvalidInput([Problem("rooms", "unknown_room")])

    def _require_free(self, rooms: Mapping[int, Room]) -> None:
        """Raise DatesNotFree unless every room is free at its new time; the dates that move do not stand in each other's way."""
        viewer, ours, taken = viewer_of(self.by), {one.id for one in self.dates}, []
        by_rooms: dict[frozenset[int], list[tables.Occurrence]] = {}
        for one in self.dates:
            held = {held.room_id for held in one.standing}
            waiting_for = _asked_for(one) - held  # Who waits for a room asks for nothing now.
            new = self._rooms_of(one) - waiting_for - (held if one not in self.moved else set())
            if new:
                by_rooms.setdefault(frozenset(new & set(rooms)), []).append(one)
        for room_ids, dates in by_rooms.items():
            asked = [Dated(place_of(one), self.spans[one.id]) for one in dates]
            answered = with_answers(asked, [rooms[room_id] for room_id in sorted(room_ids)], viewer, ignoring=ours)
            taken += [one for one in answered if not one.is_held]
        held = sorted((self.spans[one.id] for one in self.dates), key=lambda span: span.start)
        if any(before.end > after.start for before, after in pairwise(held)):
            raise InvalidInput([Problem("rule", "dates_meet")])
        if taken:
            raise DatesNotFree(sorted(taken, key=lambda one: one.slot_at))

    def _what_changes(self) -> set[str]:
        """Return the names of what will really be different."""
        conference, changed = self.conference, {"span"} if self.moved else set()
        for name, text in self.texts.items():
            changed |= {name} if text != (self.anchor.title or conference.title if name == "title" else getattr(conference, name)) else set()
        if self.change.chair_id is not None and self.change.chair_id != self.anchor.leader_id:
            changed.add("chair_id")
        if self.new_profile:
            changed.add("profile_id")
        if self.change.host_room_id is not None and self.change.host_room_id != conference.host_room_id:
            changed.add("host_room_id")
        if self.change.room_ids is not None and any(self._rooms_wanted() != _asked_for(one) for one in self.dates):
            changed.add("room_ids")
        contacts = self.change.contacts or {}
        if any((held.contact_name, held.contact_phone) != contacts.get(held.room_id, (held.contact_name, held.contact_phone))
               for one in self.dates for held in one.standing):
            changed.add("contacts")
        return changed

    # Changing

    def _divide_where_needed(self) -> None:
        """Let the changed dates be a series of their own where dates before them stay as they were."""
        first = place_of(self.dates[0])
        if self.scope != Scope.THIS and any(one.cancelled_at is None and place_of(one) < first for one in self.conference.occurrences):
            self.conference = divide(self.conference, first, by=self.by)

    def _write_facts(self) -> None:
        conference, change = self.conference, self.change
        if self.scope == Scope.THIS:
            if "title" in self.texts:
                self.anchor.title = "" if self.texts["title"] == conference.title else self.texts["title"]
            if change.chair_id is not None:
                self.anchor.own_chair = None if change.chair_id == conference.chair_id else db.session.get_one(User, change.chair_id)
        else:
            for name, text in self.texts.items():
                setattr(conference, name, text)
            if change.chair_id is not None:
                conference.chair = db.session.get_one(User, change.chair_id)
                for one in self.dates:
                    one.own_chair = None if one.chair_id == change.chair_id or one is self.anchor else one.own_chair
            if "title" in self.texts:
                self.anchor.title = ""
            if change.host_room_id is not None:
                if change.host_room_id != conference.host_room_id:
                    insist_on_ports(self.dates)  # Another unit's bridges serve it.
                conference.host_room = db.session.get_one(Room, change.host_room_id)
            if self.new_profile:
                conference.profile_id, conference.classification = change.profile_id, self.classification
        if self.classification.is_classified:
            conference.title = conference.attendees = ""  # Nothing of it may be kept from mật up.
            for one in conference.occurrences:
                one.title = ""
        for one in self.dates:
            for held in one.standing:
                held.contact_name, held.contact_phone = (change.contacts or {}).get(held.room_id, (held.contact_name, held.contact_phone))

    def _move(self, rooms: Mapping[int, Room]) -> list[tables.Reservation]:
        """Put the dates to their new time, and return the reservations that wait for a decision again.

        In two steps: dates of one series that move an hour would each be refused because of the neighbour that has not moved
        yet (SQLite's trigger fires row by row).
        """
        concerned_rows = {one.id: [held for held in one.reservations if held.state in (*ACTIVE, ReservationState.WAITING)] for one in self.dates}
        before = {held.id: ReservationState(held.state) for rows in concerned_rows.values() for held in rows}
        for one in self.moved:
            for held in concerned_rows[one.id]:
                held.state = ReservationState.RELEASED
        db.session.flush()
        again = []
        for one in self.dates:
            change = self._change_of(one)
            if one in self.moved:
                self._place(one)  # After the question what changes, which compares with where it was.
            for held in concerned_rows[one.id]:
                room, span = rooms.get(held.room_id) or held.room, one.span.widened(held.room.setup, held.room.teardown)
                if one in self.moved:
                    held.held_start_at, held.held_end_at = span.start, span.end
                held.state = before[held.id]
                if change is not None and before[held.id] in ACTIVE and ask_again(held, room, change, asker=self.asker, by=self.by):
                    again.append(held)
        self._move_slots()
        db.session.flush()
        return again

    def _change_of(self, occurrence: tables.Occurrence) -> Change | None:
        """Return for what the rooms of a date must be asked again, if anything: not for a shorter time."""
        if self.new_profile:
            return Change.PROFILE
        if occurrence not in self.moved:
            return None
        new, old = self.spans[occurrence.id], occurrence.span
        if new.start >= old.start and new.end <= old.end:
            return None
        return Change.LONGER if new.start == old.start else Change.TIME

    def _place(self, occurrence: tables.Occurrence) -> None:
        new = self.spans[occurrence.id]
        if new.start != occurrence.planned_start_at:  # Whoever came to the former time is not there at the new one.
            occurrence.check_in_asked_at, occurrence.checked_in_at, occurrence.checked_in_by = None, None, ""
        occurrence.planned_start_at, occurrence.planned_end_at, occurrence.reminders = new.start, new.end, 0

    def _move_slots(self) -> None:
        """Let the series itself move: what was cancelled or moved by itself keeps its place in it.

        On another day than its rule says a series has no rule any more, only its dates.
        """
        conference, was, wanted = self.conference, self.anchor_was, self.change.span
        if wanted is None or self.scope == Scope.THIS or not conference.is_series:
            return
        for one in conference.occurrences:
            one.slot_at = moved(place_of(one), was.start, wanted.start)
        slots = [to_local(place_of(one)).replace(tzinfo=None) for one in conference.occurrences]
        same_day = to_local(was.start).date() == to_local(wanted.start).date()
        conference.rule = rule_for(conference.rule, slots) if same_day else ""
        conference.wall_start = f"{min(slots):%Y-%m-%dT%H:%M}"

    def _add_and_remove(self, rooms: Mapping[int, Room]) -> list[tables.Reservation]:
        """Give up the rooms that are not wanted any more, ask for new ones, and return what was asked for."""
        if self.change.room_ids is None:
            return []
        wanted, asked, missing = self._rooms_wanted(), [], {}
        for one in self.dates:
            rows = {held.room_id: held for held in one.reservations}
            for room_id, held in rows.items():
                asks = held.state in (*ACTIVE, ReservationState.WAITING)
                if room_id not in wanted and asks:
                    held.state = lifecycle.move(ReservationState(held.state), lifecycle.Event.RELEASE)
                elif room_id in wanted and not asks:
                    span = one.span.widened(rooms[room_id].setup, rooms[room_id].teardown)
                    held.held_start_at, held.held_end_at = span.start, span.end
                    if ask_again(held, rooms[room_id], Change.ROOM, asker=self.asker, by=self.by):
                        asked.append(held)
            for room_id in wanted - set(rows):
                missing.setdefault(room_id, []).append(one)
        db.session.flush()
        for room_id, dates in sorted(missing.items()):
            asked += reserve(self.conference, dates, [rooms[room_id]], self.asker, contacts=dict(self.change.contacts or {}))
        return asked

    # Telling

    def _tell(self, asked_again: Sequence[tables.Reservation], was_attending: Collection[int]) -> None:
        by_room: dict[tuple[int, int], list[tables.Reservation]] = {}
        for held in asked_again:
            by_room.setdefault((held.room_id, held.deciding_unit_id), []).append(held)
        for rows in by_room.values():
            approvers = who_decides(rows[0].room.unit, self.asker)[1]
            outbox.enqueue(NoticeKind.DECISION_WANTED, to=set(approvers) - {self.by.id}, conference_id=self.conference.id,
                           occurrence_id=rows[0].occurrence_id, room_id=rows[0].room_id, times=len(rows))
        one_date = self.anchor if self.scope == Scope.THIS else None
        kind = NoticeKind.INVITED if self.conference.sequence == 1 and self.conference.divided_from_id else NoticeKind.INVITATION_CHANGED
        invite.tell_attendees(kind, self.conference, occurrence=one_date, by=self.by.id)
        gone = set(was_attending) - invite.attendees_of(self.conference)
        outbox.enqueue(NoticeKind.INVITATION_WITHDRAWN, to=gone, conference_id=self.conference.id, occurrence_id=self.anchor.id)

    def _let_others_in(self, before: Mapping[tuple[int, int], Span]) -> None:
        now_held = {(one.id, held.room_id): held.held_span for one in self.dates for held in one.standing}
        waiting.come_next_in([(room_id, span) for (occurrence_id, room_id), span in before.items()
                              if now_held.get((occurrence_id, room_id)) != span])


def _asked_for(occurrence: tables.Occurrence) -> set[int]:
    """Return the rooms that a date holds or waits for."""
    return {held.room_id for held in occurrence.reservations if held.state in (*ACTIVE, ReservationState.WAITING)}
