"""The page of what I am invited to, and the page of whom a conference invites."""

import pytest
from builders import a_person, a_profile
from markupsafe import escape

from roomctl.booking import cancel, invite, tables
from roomctl.booking.recurrence import Recurrence
from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import Page, read_in

MINE = "/staff/invitations"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def invited(place) -> int:
    """A conference to which the stranger is invited."""
    return place.book(invited_ids=frozenset({place.stranger.id}))


def guests(conference_id: int) -> str:
    return f"{MINE}/conferences/{conference_id}"


def invitation(conference_id: int, person) -> tables.Invitation | None:
    db.session.rollback()
    return db.session.get(tables.Invitation, (conference_id, person.id), populate_existing=True)


# Mine


@pytest.mark.parametrize("language", ["vi", "en"])
def test_i_see_what_i_am_invited_to_and_that_i_have_not_answered(place, invited, signed_in, language, app):
    page = signed_in(place.stranger, language).page(MINE)

    unanswered = read_in(app, language, lambda: app.jinja_env.filters["invitation_answer"]("unanswered"))
    assert ("Giao ban tuần" in page.text, unanswered in page.text, page.unclosed) == (True, True, [])
    assert f"{guests(invited)}/answer" in page.actions


def test_nobody_else_sees_it_among_their_own(place, invited, signed_in):
    assert "Giao ban tuần" not in signed_in(place.technician).page(MINE).text


@pytest.mark.parametrize(("answer", "words"), [("accepted", "Sẽ dự"), ("tentative", "Có thể dự"), ("declined", "Không dự")])
def test_one_press_answers_and_the_page_says_what(place, invited, signed_in, answer, words):
    client = signed_in(place.stranger)

    reply = client.send(f"{guests(invited)}/answer", {"answer": answer, "note": "Đến muộn"}, page=MINE)

    assert (reply.status_code, reply.headers["Location"]) == (303, MINE)
    assert invitation(invited, place.stranger).answer == answer
    assert words in client.page(MINE).text and client.page(MINE).value("note") == "Đến muộn"


@pytest.mark.parametrize(("typed", "reason", "facts"), [({"answer": "accepted", "note": "x" * 251}, "text_too_long", {"limit": 250}),
                                                        ({"answer": "maybe", "note": "Đến muộn"}, "unknown_choice", {})])
def test_an_answer_that_cannot_be_kept_is_asked_for_again_and_nothing_typed_is_lost(place, invited, signed_in, sentence, typed, reason, facts):
    reply = signed_in(place.stranger).send(f"{guests(invited)}/answer", typed, page=MINE)

    page = Page(reply.text)
    assert (reply.status_code, invitation(invited, place.stranger).answer) == (422, "")
    assert sentence(reason, **facts) in page.text
    assert page.value("note") == typed["note"]


@pytest.mark.parametrize(("who", "status"), [("technician", 404), ("clerk", 403)])
def test_who_is_not_invited_does_not_answer(place, signed_in, who, status):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id)

    assert signed_in(getattr(place, who)).send(f"{guests(conference_id)}/answer", {"answer": "accepted"}).status_code == status


def test_a_cancelled_conference_is_not_listed_and_not_answered(place, invited, signed_in, sentence):
    client = signed_in(place.stranger)
    cancel.cancel_conference(invited, by=place.clerk, reason="")

    reply = client.send(f"{guests(invited)}/answer", {"answer": "accepted"}, page=MINE)

    assert (reply.status_code, "Giao ban tuần" in client.page(MINE).text) == (409, False)
    assert sentence("already_cancelled") in reply.text


def test_a_series_is_one_invitation(place, signed_in):
    place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=5"), invited_ids=frozenset({place.stranger.id}))

    page = signed_in(place.stranger).page(MINE)

    assert ("02/03/2027" in page.text, "và 4 ngày khác" in page.text) == (True, True)


def test_a_title_that_is_a_script_is_text(place, signed_in):
    place.book(title=SCRIPT, invited_ids=frozenset({place.stranger.id}))

    html = signed_in(place.stranger).get(MINE).text

    assert (SCRIPT in html, str(escape(SCRIPT)) in html) == (False, True)


# Whom a conference invites


@pytest.mark.parametrize("who", ["clerk", "chair"])
def test_organizer_and_chair_see_who_is_invited_and_what_they_answered(place, invited, signed_in, who):
    invite.answer_invitation(invited, "declined", by=place.stranger, note="Đi công tác")

    page = signed_in(getattr(place, who)).page(guests(invited))

    assert [word in page.text for word in ("Người ngoài", "Không dự", "Đi công tác")] == [True, True, True]


@pytest.mark.parametrize(("who", "status"), [("stranger", 403), ("province_approver", 403), ("technician", 404)])
def test_others_do_not_see_the_list(place, signed_in, who, status):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id, invited_ids=frozenset({place.stranger.id}))

    assert signed_in(getattr(place, who)).get(guests(conference_id)).status_code == status


def test_people_are_searched_for_without_accents_and_invited_by_a_tick(place, signed_in):
    conference_id = place.book()
    client = signed_in(place.clerk)
    page = client.page(f"{guests(conference_id)}?words=ky+thuat")

    reply = client.send(f"{guests(conference_id)}/people", {"people": [page.named("input", name="people")[0]["value"]]}, page=guests(conference_id))

    assert (reply.status_code, invitation(conference_id, place.technician) is not None) == (303, True)


def test_at_most_twenty_people_are_found_and_the_page_says_so(place, signed_in):
    conference_id = place.book()
    for number in range(21):
        a_person(place.centre, Role.STAFF, name=f"Trần Văn {number}")

    page = signed_in(place.clerk).page(f"{guests(conference_id)}?words=tran+van")

    assert (len(page.named("input", name="people")), "20" in page.text) == (20, True)


@pytest.mark.parametrize("words", ["không có ai tên vậy", SCRIPT, "%", "\x00"])
def test_a_search_that_finds_nobody_breaks_nothing(place, signed_in, words):
    answer = signed_in(place.clerk).get(guests(place.book()), query_string={"words": words})

    assert (answer.status_code, SCRIPT in answer.text, Page(answer.text).named("input", name="people")) == (200, False, [])


def test_somebody_invited_already_is_not_offered_again(place, invited, signed_in):
    page = signed_in(place.clerk).page(f"{guests(invited)}?words=nguoi+ngoai")

    assert (page.named("input", name="people"), "đã mời" in page.text) == ([], True)


def test_an_account_that_closed_meanwhile_is_said_so(place, signed_in, sentence):
    conference_id = place.book()

    reply = signed_in(place.clerk).send(f"{guests(conference_id)}/people", {"people": "999999", "words": "tran"}, page=guests(conference_id))

    assert (reply.status_code, sentence("unknown_person") in Page(reply.text).text, Page(reply.text).value("words")) == (422, True, "tran")


def test_an_invitation_is_taken_back_with_one_press(place, invited, signed_in):
    client = signed_in(place.clerk)
    path = f"{guests(invited)}/people/{place.stranger.id}/withdrawal"
    offered = bool(client.page(guests(invited)).named("form", action=path))

    reply = client.send(path, page=guests(invited))

    assert (offered, reply.status_code, invitation(invited, place.stranger)) == (True, 303, None)


def test_of_what_is_over_the_list_stays_and_the_buttons_go(place, invited, signed_in, set_clock):
    set_clock.forward(days=3)
    page = signed_in(place.clerk).page(guests(invited))

    assert "Người ngoài" in page.text
    assert [form for form in page.named("form") if form.get("action", "").startswith(guests(invited))] == []
