"""Inviting people, taking it back, and what they answer."""

import threading

import pytest
from builders import Place, a_profile, a_span, fresh
from sqlalchemy import select, text

from roomctl.booking import cancel, invite, tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.invite import answer_invitation, invite_people, withdraw
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.visibility import Busy, Full, view
from roomctl.database import db
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import signin
from roomctl.security_profiles.profile import Classification


@pytest.fixture
def conference(place) -> int:
    """A conference without guests."""
    return place.book()


@pytest.fixture
def invited(place, conference) -> int:
    """The same, with the stranger invited."""
    invite_people(conference, [place.stranger.id], by=place.clerk)
    return conference


def notices(person, *kinds: NoticeKind) -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.user_id == person.id, Notice.kind.in_(kinds)).order_by(Notice.id)))


def trail_kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries WHERE kind LIKE '%invit%' ORDER BY seq")))


def answer_of(conference_id: int, person) -> tuple[str, str]:
    one = fresh(db.session.get_one(tables.Invitation, (conference_id, person.id)))
    return one.answer, one.note


def seen_by(conference_id: int, person):
    db.session.rollback()
    return view(tables.conference_by_id(conference_id).occurrences[0].facts(), viewer_of(person))


# Inviting


@pytest.mark.parametrize("who", ["clerk", "chair"])
def test_organizer_and_chair_invite_people_who_are_told(place, conference, who):
    invite_people(conference, [place.stranger.id, place.technician.id], by=getattr(place, who))

    assert [len(notices(one, NoticeKind.INVITED)) for one in (place.stranger, place.technician)] == [1, 1]
    assert trail_kinds() == ["people_invited"]


def test_nobody_else_is_told_again(place, conference):
    before = len(notices(place.chair, NoticeKind.INVITED))

    invite_people(conference, [place.stranger.id], by=place.clerk)

    assert len(notices(place.chair, *NoticeKind)) == before


def test_inviting_somebody_twice_changes_nothing(place, invited):
    invite_people(invited, [place.stranger.id], by=place.clerk)

    assert (len(notices(place.stranger, NoticeKind.INVITED)), trail_kinds()) == (1, ["people_invited"])


def test_somebody_invited_sees_a_restricted_conference_in_full_until_it_is_withdrawn(place):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id)
    views = [seen_by(conference_id, place.stranger)]
    invite_people(conference_id, [place.stranger.id], by=place.clerk)
    views.append(seen_by(conference_id, place.stranger))
    withdraw(conference_id, place.stranger.id, by=place.clerk)
    views.append(seen_by(conference_id, place.stranger))

    assert [type(one) for one in views] == [Busy, Full, Busy]


@pytest.mark.parametrize("whom", ["nobody", "closed"])
def test_only_people_with_an_open_account_are_invited(place, conference, whom):
    signin.close_account(place.stranger.id, by=None)

    with pytest.raises(InvalidInput) as refusal:
        invite_people(conference, [place.technician.id, 999_999 if whom == "nobody" else place.stranger.id], by=place.clerk)

    assert [problem.reason for problem in refusal.value.problems] == ["unknown_person"]
    assert notices(place.technician, NoticeKind.INVITED) == []


def test_there_is_a_limit_to_how_many_are_invited(place, conference, monkeypatch):
    monkeypatch.setattr(invite, "MOST_INVITED", 1)

    with pytest.raises(InvalidInput) as refusal:
        invite_people(conference, [place.stranger.id, place.technician.id], by=place.clerk)

    assert [problem.reason for problem in refusal.value.problems] == ["too_many_people"]


@pytest.mark.parametrize("change", [lambda conference_id, by, whom: invite_people(conference_id, [whom.id], by=by),
                                    lambda conference_id, by, whom: withdraw(conference_id, whom.id, by=by)], ids=["invite", "withdraw"])
@pytest.mark.parametrize(("who", "error"), [("province_approver", NotAllowed), ("stranger", NotVisible), (None, NotVisible)])
def test_nobody_else_invites_or_withdraws(place, conference, change, who, error):
    with pytest.raises(error):
        change(conference, getattr(place, who) if who else None, place.technician)


def test_a_conference_that_does_not_exist_has_no_guests(place):
    with pytest.raises(NotVisible):
        invite_people(999, [place.stranger.id], by=place.clerk)


def test_nobody_is_invited_to_what_is_cancelled_or_over(place, conference, set_clock):
    other = place.book(room_ids=(place.other_room.id,), host_room_id=place.other_room.id)
    cancel.cancel_conference(other, by=place.clerk, reason="")
    with pytest.raises(Conflict):
        invite_people(other, [place.stranger.id], by=place.clerk)
    set_clock.forward(days=2)

    with pytest.raises(Refused, match="conference_over"):
        invite_people(conference, [place.stranger.id], by=place.clerk)


def test_a_notice_of_a_series_names_its_next_date_and_counts_those_that_are_left(place, set_clock):
    conference_id = place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=5"))
    dates = tables.conference_by_id(conference_id).occurrences
    cancel.cancel_conference(conference_id, by=place.clerk, reason="", scope=cancel.Scope.THIS, occurrence_id=dates[2].id)
    set_clock.forward(days=3)

    invite_people(conference_id, [place.stranger.id], by=place.clerk)

    told, = notices(place.stranger, NoticeKind.INVITED)
    assert (told.occurrence_id, told.times) == (dates[1].id, 3)


# Taking it back


def test_who_is_no_longer_invited_is_told_and_the_sequence_rises(place, invited):
    before = tables.conference_by_id(invited).sequence

    withdraw(invited, place.stranger.id, by=place.clerk)

    assert len(notices(place.stranger, NoticeKind.INVITATION_WITHDRAWN)) == 1
    assert (fresh(tables.conference_by_id(invited)).sequence, trail_kinds()) == (before + 1, ["people_invited", "invitation_withdrawn"])


def test_taking_back_twice_is_done_once(place, invited):
    for _ in range(2):
        withdraw(invited, place.stranger.id, by=place.clerk)

    assert len(notices(place.stranger, NoticeKind.INVITATION_WITHDRAWN)) == 1


def test_a_chair_whose_invitation_is_taken_back_stays_chair_and_hears_nothing(place, conference):
    invite_people(conference, [place.chair.id], by=place.clerk)

    withdraw(conference, place.chair.id, by=place.clerk)

    assert notices(place.chair, NoticeKind.INVITATION_WITHDRAWN) == []


# Answering


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative"])
def test_somebody_invited_answers(place, invited, answer):
    answer_invitation(invited, answer, by=place.stranger, note="  Sẽ   đến muộn ")

    assert answer_of(invited, place.stranger) == (answer, "Sẽ đến muộn")
    assert trail_kinds() == ["people_invited", "invitation_answered"]


def test_a_later_answer_takes_the_place_of_an_earlier_one(place, invited):
    for answer in ("declined", "accepted"):
        answer_invitation(invited, answer, by=place.stranger)

    assert answer_of(invited, place.stranger) == ("accepted", "")


@pytest.mark.parametrize(("answers", "told"), [(["accepted"], 0), (["declined"], 1), (["declined", "declined"], 1),
                                               (["declined", "accepted", "declined"], 2), (["tentative"], 0)])
def test_the_organizer_hears_of_a_no(place, invited, answers, told):
    for answer in answers:
        answer_invitation(invited, answer, by=place.stranger, note="Đi công tác")

    assert [one.reason for one in notices(place.clerk, NoticeKind.INVITATION_ANSWERED)] == ["Người ngoài: Đi công tác"] * told


def test_the_same_answer_sent_twice_is_noted_once(place, invited):
    for _ in range(2):
        answer_invitation(invited, "accepted", by=place.stranger)

    assert trail_kinds() == ["people_invited", "invitation_answered"]


@pytest.mark.parametrize(("who", "error"), [("technician", NotVisible), ("province_approver", NotAllowed), ("clerk", NotAllowed), (None, NotVisible)])
def test_only_somebody_invited_answers(place, who, error):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id)

    with pytest.raises(error):
        answer_invitation(conference_id, "accepted", by=getattr(place, who) if who else None)


@pytest.mark.parametrize(("answer", "note", "reason"), [("maybe", "", "unknown_choice"), ("", "", "unknown_choice"),
                                                        ("accepted", "x" * 251, "text_too_long"), ("accepted", "a\x07", "text_control")])
def test_an_answer_that_is_none_is_refused(place, invited, answer, note, reason):
    with pytest.raises(InvalidInput) as refusal:
        answer_invitation(invited, answer, by=place.stranger, note=note)

    assert ([problem.reason for problem in refusal.value.problems], answer_of(invited, place.stranger)) == ([reason], ("", ""))


def test_the_longest_note_of_the_longest_name_fits_a_notice(place, invited):
    place.stranger.name = "x" * 200
    db.session.commit()

    answer_invitation(invited, "declined", by=place.stranger, note="ư" * 250)

    assert len(notices(place.clerk, NoticeKind.INVITATION_ANSWERED)[0].reason) == 452


def test_what_is_cancelled_or_over_is_not_answered(place, invited, set_clock):
    set_clock.forward(days=2)
    with pytest.raises(Refused, match="conference_over"):
        answer_invitation(invited, "accepted", by=place.stranger)
    set_clock.forward(days=-2)
    cancel.cancel_conference(invited, by=place.clerk, reason="")

    with pytest.raises(Conflict):
        answer_invitation(invited, "accepted", by=place.stranger)


def test_people_who_are_invited_at_once_by_two_are_invited_once(app_on, set_clock):
    place = Place()
    conference_id, guest, organizers, failures = place.book(), place.stranger.id, (place.clerk.id, place.chair.id), []

    def do(by: int) -> None:
        with app_on.app_context():
            try:
                invite_people(conference_id, [guest], by=db.session.get(type(place.clerk), by))
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=do, args=(by,)) for by in organizers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failures, len(notices(place.stranger, NoticeKind.INVITED))) == ([], 1)


# Looking


def test_what_somebody_is_invited_to_is_listed_the_nearest_first_and_without_what_is_over(place, set_clock):
    guests = frozenset({place.stranger.id})
    titles = {"Sau": "2027-03-05T01:00", "Trước": "2027-03-03T01:00", "Đã qua": "2027-03-01T02:00", "Hủy": "2027-03-04T01:00"}
    ids = {title: place.book(title=title, span=a_span(at), invited_ids=guests) for title, at in titles.items()}
    cancel.cancel_conference(ids["Hủy"], by=place.clerk, reason="")
    set_clock.forward(hours=5)

    assert [one.shown.title for one in invite.invitations_of(place.stranger)] == ["Trước", "Sau"]


def test_a_series_is_listed_once_with_its_next_date(place, set_clock):
    place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=5"), invited_ids=frozenset({place.stranger.id}))
    set_clock.forward(days=3)

    assert [(one.shown.span.start.day, one.dates) for one in invite.invitations_of(place.stranger)] == [(9, 4)]


@pytest.mark.parametrize(("words", "found"), [("nguoi ngoai", ["Người ngoài"]), ("NGOÀI", ["Người ngoài"]), ("", []), ("%", []), ("zzz", [])])
def test_people_are_found_without_accents(place, words, found):
    assert [one.name for one in invite.people_found(words)] == found


def test_a_closed_account_is_not_found(place):
    signin.close_account(place.stranger.id, by=None)

    assert invite.people_found("nguoi ngoai") == []
