"""Marks are put where secrets are, and whoever need not know asks every address there is: the marks come out nowhere.

Every route of the application that can be read is asked, with the ids of what is marked, so a new page is tested by being there.
"""

import io
import itertools
import logging
import zipfile

import pytest
from builders import a_person, a_profile, a_span
from flask import url_for
from pypdf import PdfReader

from roomctl.booking import decide, tables
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.invite import answer_invitation, invite_people
from roomctl.booking.recurrence import Recurrence
from roomctl.calendars import mail
from roomctl.calendars.feeds import make_feed
from roomctl.config import MailServer
from roomctl.database import db
from roomctl.documents import agenda, files
from roomctl.notices.tables import Notice
from roomctl.organisation import tokens
from roomctl.organisation.roles import Role
from roomctl.schedule.publish import publish_week
from roomctl.security_profiles.profile import Classification
from web.browser import BOOKING, BOOKING_FORM, booking

TITLE, SERIES, CODE_NAME, REFUSAL, FILE, ITEM = (f"kanarienvogel{word}" for word in ("title", "series", "code", "refusal", "file", "item"))
LEADER, ATTENDEES, CONTACT, NOTE = (f"kanarienvogel{word}" for word in ("leader", "attendees", "contact", "note"))
MARK = "kanarienvogel"
WHO = ["stranger", "technician", "administrator", "officer", "approver of another unit", "colleague", "colleague at the site", "another chair"]


@pytest.fixture
def marked(place):
    """An internal conference with all that may hang on one, an internal series, and one at confidential; the site's room is refused."""
    internal, confidential = a_profile(Classification.INTERNAL), a_profile(Classification.CONFIDENTIAL)
    guest = a_person(place.province, Role.STAFF)
    conference_id = place.book(title=TITLE, on_behalf_of=LEADER, attendees=ATTENDEES, contact_name=CONTACT)
    agenda.add_item(conference_id, agenda.ItemFacts(title=ITEM, minutes=5, unit_ids=(place.province.id,)), by=place.clerk, key="item")
    files.add_document(conference_id, io.BytesIO(b"kanarienvogelcontent\n"), f"{FILE}.txt", by=place.clerk)
    amend_conference(conference_id, Amendment(profile_id=internal.id), by=place.clerk)
    invite_people(conference_id, [guest.id], by=place.clerk)
    answer_invitation(conference_id, "declined", by=guest, note=NOTE)
    asked = next(one for one in db.session.get_one(tables.Conference, conference_id).occurrences[0].reservations if one.room_id == place.room.id)
    decide.refuse_reservation(asked.id, by=place.province_approver, reason=REFUSAL)
    series = place.book(profile_id=internal.id, title=SERIES, span=a_span("2027-03-04T01:00"), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3"))
    coded = place.book(profile_id=confidential.id, title="", code_name=CODE_NAME, span=a_span("2027-03-03T01:00"))
    publish_week(place.centre, 2027, 9, by=place.clerk)
    return {"conference": conference_id, "series": series, "coded": coded}


def outsider(place, who: str):
    return {
        "stranger": lambda: place.stranger, "technician": lambda: place.technician, "administrator": lambda: place.administrator,
        "officer": lambda: place.officer, "approver of another unit": lambda: place.other_approver,
        "colleague": lambda: a_person(place.centre, Role.STAFF), "colleague at the site": lambda: a_person(place.province, Role.STAFF),
        "another chair": lambda: a_person(place.centre, Role.CHAIR),
    }[who]()


def addresses(app) -> list[str]:
    """Return every address that can be read, each with what may stand in it: the ids of all that is marked, days, weeks."""
    words = {"day": ["2027-03-02", "2027-03-03"], "year": [2027], "week": [9, 10]}
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in rule.methods or rule.endpoint in ("static", "public.assets.show", "public.sign_in.leave"):
                continue
            kinds = [words.get(name, [1, 2, 3, 4]) if name in words or "int" in str(type(rule._converters[name])).lower() else ["x"]
                     for name in sorted(rule.arguments)]
            found += [url_for(rule.endpoint, **dict(zip(sorted(rule.arguments), values, strict=True))) for values in itertools.product(*kinds)]
    return sorted(set(found))


QUERIES = [f"/staff/rooms?words={MARK}", f"/staff/day/2027-03-02?words={MARK}", "/staff/day/2027-03-02?words=dak", "/staff/week/2027/9?room=1",
           "/staff/week/2027/9?unit=1", f"/staff/week/2027/9?leader={LEADER}", "/staff/week/2027/9/sheet.pdf?room=1",
           "/staff/exchange/file?first=01/03/2027&last=31/03/2027&form=csv", "/staff/exchange/file?first=01/03/2027&last=31/03/2027&form=xlsx",
           f"{BOOKING_FORM}?copy=1", f"{BOOKING}/1?occurrence=2", f"/staff/invitations/conferences/1?words={MARK}"]


def as_text(answer) -> str:
    """Return all that an answer says: its headers, and its body as text, whatever it is packed in."""
    body, kind = answer.data, answer.mimetype
    if kind == "application/pdf":
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    elif body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            text = " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    else:
        text = body.decode("utf-8", "replace").replace("\r\n ", "")
    return f"{answer.headers} {text}"


def told(text: str, who: str) -> list[str]:
    """Return the marks in a text; the officer may know the code name, and whoever looks for a mark typed it themselves."""
    return [mark for mark in (TITLE, SERIES, CODE_NAME, REFUSAL, FILE, ITEM, LEADER, ATTENDEES, CONTACT, NOTE, "kanarienvogelcontent")
            if mark in text and not (who == "officer" and mark == CODE_NAME)]


@pytest.mark.parametrize("who", WHO)
def test_no_address_tells_who_need_not_know(app, place, marked, signed_in, who, caplog):
    caplog.set_level(logging.DEBUG)
    person = outsider(place, who)
    client, token = signed_in(person), tokens.add_token(person.username, name="a program")
    program = app.test_client()

    leaks, asked = {}, addresses(app)
    for address in [*asked, *QUERIES]:
        answer = (program.get(address, headers={"Authorization": f"Bearer {token}"}) if address.startswith("/api/")
                  else client.get(address))
        assert answer.status_code != 500, address
        # What somebody types into a search stands in its field again, and in the address of the links around it.
        marks = set(told(as_text(answer), who)) - {mark for mark in (LEADER,) if mark in address}
        if marks:
            leaks[address] = sorted(marks)

    assert leaks == {}
    assert told(caplog.text, who) == []
    assert len(asked) > 100


@pytest.mark.parametrize("who", WHO)
def test_no_calendar_that_is_subscribed_to_tells_who_need_not_know(place, marked, browser, who):
    person, found = outsider(place, who), []
    for subject in ("me", f"room:{place.hall.id}", f"room:{place.room.id}", f"unit:{place.centre.id}", f"unit:{person.unit_id}"):
        token = make_feed(subject, by=person)
        found += told(as_text(browser().get(f"/calendar/{token}.ics")), who)

    assert found == []


@pytest.mark.parametrize("who", WHO)
def test_no_mail_tells_who_need_not_know_though_a_notice_was_left_for_them(place, marked, who):
    person = outsider(place, who)
    person.email = "ai.do@hop.example"
    occurrence_ids = {name: db.session.get_one(tables.Conference, number).occurrences[0].id for name, number in marked.items()}
    notices = [Notice(kind=kind, user_id=person.id, conference_id=marked[name], occurrence_id=occurrence_ids[name], room_id=place.room.id,
                      created_at=tables.db.session.get_one(tables.Conference, marked[name]).created_at)
               for kind in ("invited", "invitation_changed", "invitation_withdrawn", "reminder", "decision_wanted", "reservation_granted",
                            "displaced")
               for name in marked]
    db.session.add_all(notices)
    db.session.flush()

    sent = [mail.compose([one], MailServer(host="localhost", port=25, sender="roomctl@hop.example")) for one in notices]

    assert [told(one.as_string() + str(one), who) for one in sent if one is not None and told(str(one), who)] == []


@pytest.mark.parametrize("who", ["stranger", "colleague"])
def test_no_refusal_tells_who_need_not_know(place, marked, signed_in, program, who):
    person = outsider(place, who)
    client, send = signed_in(person), program(person)
    series = {"repeat": "week", "until": "30/03/2027", "day": "04/03/2027"}
    body = {"start": "2027-03-02T08:00:00+07:00", "end": "2027-03-02T09:00:00+07:00", "rooms": [place.hall.id], "chair": place.chair.username,
            "profile": place.profile.key, "title": "Khác"}

    answers = [client.send(BOOKING, booking(place), page=BOOKING_FORM), client.send(BOOKING, booking(place, **series), page=BOOKING_FORM),
               client.send(BOOKING, booking(place, day="03/03/2027", check="1"), page=BOOKING_FORM), send("POST", "/conferences", json=body)]

    assert [told(as_text(answer), who) for answer in answers] == [[]] * 4
    assert answers[-1].status_code == 409


def test_those_who_need_to_know_find_the_marks_where_they_were_put(place, marked, signed_in):
    page = signed_in(place.clerk).get(f"{BOOKING}/{marked['conference']}").text

    assert {TITLE, REFUSAL, LEADER, ATTENDEES, CONTACT, NOTE} <= set(told(page, "clerk"))
    assert CODE_NAME in signed_in(place.clerk).get(f"{BOOKING}/{marked['coded']}").text
    assert SERIES in signed_in(place.clerk).get("/staff/week/2027/9").text


TRIED = "kanarienvogeltried"
PATHS = {
    "the booking form": lambda client, place, profile: client.send(BOOKING, booking(place, profile=str(profile), title=TRIED, attendees=TRIED),
                                                                   page=BOOKING_FORM),
    "the question for rooms": lambda client, place, profile: client.send(
        BOOKING, booking(place, profile=str(profile), title=TRIED, check="1"), page=BOOKING_FORM),
    "a draft": lambda client, place, profile: client.send("/staff/drafts", booking(place, profile=str(profile), title=TRIED, kind="draft"),
                                                          page=BOOKING_FORM),
    "a template": lambda client, place, profile: client.send(
        "/staff/drafts", booking(place, profile=str(profile), title=TRIED, kind="template", template_name=TRIED), page=BOOKING_FORM),
    "a change": lambda client, place, profile: client.send("/staff/changes/1", booking(place, profile=str(profile), title=TRIED, occurrence="1")),
    "a found time": lambda client, place, profile: client.send("/staff/times", booking(place, profile=str(profile), title=TRIED),
                                                               page=BOOKING_FORM),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_title_tried_at_confidential_is_kept_nowhere(app, place, signed_in, everything_stored, caplog, path):
    caplog.set_level(logging.DEBUG)
    place.book()
    profile = a_profile(Classification.CONFIDENTIAL)

    PATHS[path](signed_in(place.clerk), place, profile.id)

    assert TRIED not in everything_stored()
    assert TRIED not in caplog.text
    home = app.config["SETTINGS"].home
    assert [str(file) for file in home.rglob("*") if file.is_file() and file.suffix not in (".db",) and TRIED.encode() in file.read_bytes()] == []


def test_a_title_tried_at_confidential_by_a_program_is_kept_nowhere(place, program, everything_stored, caplog):
    caplog.set_level(logging.DEBUG)
    profile = a_profile(Classification.CONFIDENTIAL)
    body = {"start": "2027-03-02T08:00:00+07:00", "end": "2027-03-02T09:00:00+07:00", "rooms": [place.hall.id], "chair": place.chair.username,
            "profile": profile.key, "title": TRIED, "code_name": "HOA SEN"}

    answer = program(place.clerk)("POST", "/conferences", json=body, headers={"Idempotency-Key": "một-lần".encode().hex()})

    assert answer.status_code == 422
    assert TRIED not in everything_stored()
    assert TRIED not in caplog.text + answer.text


def test_what_becomes_confidential_keeps_nothing_of_its_title(place, everything_stored):
    conference_id = place.book(title=TITLE, attendees=ATTENDEES)
    profile = a_profile(Classification.CONFIDENTIAL)

    amend_conference(conference_id, Amendment(profile_id=profile.id, title="", attendees="", code_name="HOA SEN"), by=place.clerk)

    assert told(everything_stored(), "") == []
