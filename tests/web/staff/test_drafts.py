"""Booking forms that are kept: drafts, and templates that a unit shares."""

from builders import a_person, a_profile

from roomctl.booking.invariants import checked
from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import BOOKING_FORM, Page, booking

DRAFTS = "/staff/drafts"


def form_links(page: Page) -> list[str]:
    return sorted(link for link in page.links if "form=" in link)


def test_a_draft_is_kept_as_typed_complete_or_not(place, signed_in):
    client = signed_in(place.clerk)

    client.send(DRAFTS, booking(place, kind="draft", day="hôm nào đó", title="Nháp"), page=BOOKING_FORM)

    (link,) = form_links(client.page(DRAFTS))
    page = client.page(link)
    assert (page.value("day"), page.value("title")) == ("hôm nào đó", "Nháp")
    assert {found["value"] for found in page.named("input", name="rooms") if "checked" in found} == {str(place.hall.id), str(place.room.id)}


def test_the_same_draft_sent_twice_is_one(place, signed_in):
    client = signed_in(place.clerk)

    for _ in range(2):
        client.send(DRAFTS, booking(place, kind="draft", key="một lần".encode().hex()), page=BOOKING_FORM)

    assert len(form_links(client.page(DRAFTS))) == 1


def test_a_template_of_the_unit_is_there_for_its_people_and_for_nobody_else(place, signed_in):
    signed_in(place.clerk).send(DRAFTS, booking(place, kind="template", template_name="Giao ban thứ Ba", shared="1"), page=BOOKING_FORM)

    assert "Giao ban thứ Ba" in signed_in(a_person(place.centre, Role.STAFF)).page(DRAFTS).text
    assert "Giao ban thứ Ba" not in signed_in(place.stranger).page(DRAFTS).text


def test_a_form_of_somebody_else_is_not_found(place, signed_in):
    owner = signed_in(place.clerk)
    owner.send(DRAFTS, booking(place, kind="draft"), page=BOOKING_FORM)
    (link,) = form_links(owner.page(DRAFTS))
    number = link.rpartition("=")[2]
    stranger = signed_in(place.stranger)

    assert stranger.get(link).status_code == 404
    assert stranger.send(f"{DRAFTS}/{number}/deletion").status_code == 404
    assert len(form_links(owner.page(DRAFTS))) == 1


def test_a_form_is_deleted_and_deleted_again_without_fuss(place, signed_in):
    client = signed_in(place.clerk)
    client.send(DRAFTS, booking(place, kind="draft"), page=BOOKING_FORM)
    number = form_links(client.page(DRAFTS))[0].rpartition("=")[2]

    answers = [client.send(f"{DRAFTS}/{number}/deletion").status_code for _ in range(2)]

    assert (answers, form_links(client.page(DRAFTS))) == ([303, 303], [])


def test_a_template_without_a_name_is_refused_naming_the_field(place, signed_in, sentence):
    answer = signed_in(place.clerk).send(DRAFTS, booking(place, kind="template", title="", template_name=""), page=BOOKING_FORM)

    assert answer.status_code == 422
    assert sentence("name_missing") in Page(answer.text).text


def test_what_is_typed_at_confidential_is_kept_nowhere(place, signed_in, everything_stored):
    confidential = a_profile(Classification.CONFIDENTIAL)

    for kind in ("draft", "template"):
        signed_in(place.clerk).send(DRAFTS, booking(place, kind=kind, profile=str(confidential.id), title="Việc rất kín", attendees="Ông K",
                                                    template_name="Việc rất kín"), page=BOOKING_FORM)

    assert "Việc rất kín" not in everything_stored()
    assert "Ông K" not in everything_stored()


def test_a_form_that_was_kept_and_deleted_leaves_nothing_astray(place, signed_in):
    client = signed_in(place.clerk)
    for number in range(2):
        client.send(DRAFTS, booking(place, kind="draft", key=f"form{number}"), page=BOOKING_FORM)
    number = form_links(client.page(DRAFTS))[0].rpartition("=")[2]

    client.send(f"{DRAFTS}/{number}/deletion")

    db.session.rollback()
    assert [line for lines in checked().values() for line in lines] == []
