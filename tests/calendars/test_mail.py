"""What stands in a mail: the very title, the reader's language, and no more than the reader may know."""

import random
from datetime import timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from unicodedata import normalize

import pytest
from builders import a_person, a_profile
from flask_babel import force_locale, gettext

from roomctl.booking import cancel, invite, tables
from roomctl.booking.recurrence import Recurrence
from roomctl.calendars.headers import OVER_SMTP
from roomctl.database import write_transaction
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification

U17_TITLE = "Hội nghị trực tuyến toàn quốc triển khai Nghị quyết của Chính phủ về chuyển đổi số ở các xã, phường, đặc khu"
SCRIPT = "<img src=x onerror=alert(1)>"
WORDS = (*U17_TITLE.split(), SCRIPT, "ABC/2027", "=?utf-8?q?x?=", '"x"', "(d)", ";", "ư", "😀", "a@b.example,")
SECRETS = ("Kiểm điểm cán bộ", "Đồng chí Bí thư", "Ông Bộ trưởng", "0912 345 678")


@pytest.fixture
def invited(with_mail):
    """Somebody of another unit, with an address, to be invited."""
    return reader(with_mail.other_province, "Nguyễn Thị Minh Khai")


def reader(unit, called: str = "", **facts):
    person = a_person(unit, Role.STAFF, name=called)
    with write_transaction():
        for field, value in {"email": f"{person.username}@hop.example", **facts}.items():
            setattr(person, field, value)
    return person


def invite_to(place, *people, **facts) -> int:
    """Book a conference to which these people are invited."""
    return place.book(invited_ids=frozenset(one.id for one in people), **facts)


def arrived(smtp, mails, person):
    """Return the one mail that this person has got by now."""
    mails()
    mail, = smtp.to(person.email)
    return mail


def everything(mail) -> str:
    """Return all that can be read of a mail, its headers decoded, its calendar file unfolded."""
    part = mail.calendar_part
    file = part.get_payload(decode=True).decode().replace("\r\n ", "") if part is not None else ""
    return "\n".join([*map(str, mail.parsed.values()), mail.text, file])


# Headers


@pytest.mark.parametrize("seed", range(20))
def test_u17_every_subject_decodes_to_the_very_title(seed):
    chance = random.Random(seed)
    titles = [" ".join(chance.choices(WORDS, k=chance.randint(1, 40)))[:300].strip() for _ in range(100)]

    for title in titles:
        message = EmailMessage(policy=OVER_SMTP)
        message["Subject"] = title
        raw = message.as_bytes()

        assert message_from_bytes(raw, policy=policy.default)["Subject"] == title
        assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == title
        assert all(len(line) <= 76 and line.isascii() for line in raw.split(b"\r\n"))


def test_u17_the_subject_of_an_invitation_is_the_title_and_the_file_is_utf8_line_by_line(with_mail, smtp, mails, invited):
    invite_to(with_mail, invited, title=U17_TITLE)

    mail = arrived(smtp, mails, invited)

    part = mail.calendar_part
    file = part.get_payload(decode=True)
    assert mail.subject == U17_TITLE
    assert b"=?utf-8?" in mail.raw
    assert (part.get_content_type(), part.get_param("method"), part.get_param("charset").lower()) == ("text/calendar", "REQUEST", "utf-8")
    assert all(len(line) <= 75 and line.decode() is not None for line in file.split(b"\r\n"))
    assert "xã\\, phường\\, đặc khu" in file.decode().replace("\r\n ", "")
    assert str(mail.event["SUMMARY"]) == U17_TITLE


def test_names_in_from_and_to_keep_their_letters(with_mail, smtp, mails, invited):
    invite_to(with_mail, invited)

    parsed = arrived(smtp, mails, invited).parsed

    assert [(one.display_name, one.addr_spec) for one in (*parsed["From"].addresses, *parsed["To"].addresses)] == [
        ("Phòng họp trực tuyến", "no-reply@hop.example"), ("Nguyễn Thị Minh Khai", invited.email)]


def test_a_mail_says_that_a_program_wrote_it_when_and_under_a_name_of_its_own(with_mail, smtp, mails, invited, set_clock):
    invite_to(with_mail, invited)

    parsed = arrived(smtp, mails, invited).parsed

    assert (parsed["Auto-Submitted"], parsed["Date"].datetime) == ("auto-generated", set_clock.at)
    assert parsed["Message-ID"].startswith("<notice-") and parsed["Message-ID"].endswith("@hop.example>")


@pytest.mark.parametrize("name", ["Kẻ gian\r\nBcc: ai@khac.example", "Kẻ gian\nSubject: khác"])
def test_a_name_with_a_line_break_makes_no_header(with_mail, smtp, mails, name):
    person = reader(with_mail.other_province, name=name)
    invite_to(with_mail, person)

    parsed = arrived(smtp, mails, person).parsed

    assert (parsed["Bcc"], len(parsed.get_all("Subject")), len(parsed["To"].addresses)) == (None, 1, 1)


def test_a_decomposed_name_is_composed_in_the_header(with_mail, smtp, mails):
    person = reader(with_mail.other_province, name=normalize("NFD", "Nguyễn Thị Hường"))
    invite_to(with_mail, person)

    assert arrived(smtp, mails, person).parsed["To"].addresses[0].display_name == "Nguyễn Thị Hường"


# Texts


def test_p20_a_title_that_is_a_script_is_text_in_mail_and_file(with_mail, smtp, mails, invited):
    invite_to(with_mail, invited, title=SCRIPT)

    mail = arrived(smtp, mails, invited)

    assert (mail.subject, str(mail.event["SUMMARY"])) == (SCRIPT, SCRIPT)
    assert f"“{SCRIPT}”" in mail.text
    assert [part.get_content_type() for part in mail.parsed.walk()] == ["multipart/alternative", "text/plain", "text/calendar"]


@pytest.mark.parametrize(("language", "day"), [("vi", "Thứ Ba 02/03/2027, 08:00–09:00"), ("en", "Tuesday 02/03/2027, 08:00–09:00")])
def test_a_mail_is_in_its_readers_language(with_mail, smtp, mails, language, day):
    person = reader(with_mail.other_province, language=language)
    invite_to(with_mail, person)

    text = arrived(smtp, mails, person).text

    with force_locale(language):
        assert gettext("Mời dự “%(what)s”.", what="Giao ban tuần") in text
    assert day in text


def test_the_language_of_one_mail_is_not_that_of_the_next(with_mail, smtp, mails):
    readers = [reader(with_mail.other_province, language=language) for language in ("en", "vi")]
    invite_to(with_mail, *readers)
    mails()

    assert [day in smtp.to(one.email)[0].text for one, day in zip(readers, ("Tuesday", "Thứ Ba"), strict=True)] == [True, True]


def test_a_mail_leads_to_the_conference_and_an_invited_person_to_the_answer(with_mail, smtp, mails, invited):
    conference_id = invite_to(with_mail, invited)

    mails()

    at = tables.conference_by_id(conference_id).occurrences[0].id
    link, answer = f"https://hop.example/staff/conferences/{conference_id}?occurrence={at}", "https://hop.example/staff/invitations"
    assert [(link in mail.text, answer in mail.text) for mail in (smtp.to(invited.email)[0], smtp.to("chair@hop.example")[0])] == [
        (True, True), (True, False)]


@pytest.mark.parametrize(("address", "link"), [("https://hop.example/phong", "https://hop.example/phong/staff/conferences/"),
                                               ("http://10.0.0.1:8000", "http://10.0.0.1:8000/staff/conferences/"), ("", "")])
def test_links_begin_with_the_installations_own_address(with_mail, smtp, mails, invited, set_mail, address, link):
    set_mail(smtp.settings(), address)
    invite_to(with_mail, invited)

    text = arrived(smtp, mails, invited).text

    assert link in text if link else "://" not in text


def test_a_series_says_how_many_dates_it_has(with_mail, smtp, mails, invited):
    invite_to(with_mail, invited, recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=5"))

    assert "“Giao ban tuần” ngày 02/03/2027 và 4 ngày khác" in arrived(smtp, mails, invited).text


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_kind_of_notice_can_be_mailed(with_mail, smtp, mails, kind, language):
    person = reader(with_mail.centre, language=language)
    conference_id = with_mail.book(invited_ids=frozenset({person.id}))
    mails()
    with write_transaction():
        occurrence = tables.conference_by_id(conference_id).occurrences[0]
        outbox.enqueue(kind, to=[person.id], conference_id=conference_id, occurrence_id=occurrence.id, room_id=with_mail.room.id, reason="Vì bão")

    new = mails()

    assert [(mail.to, "roomctl" in mail.text) for mail in new] == [(person.email, True)]


# Need to know


@pytest.fixture
def restricted(with_mail):
    """What an internal conference is booked with."""
    return {"profile_id": a_profile(Classification.INTERNAL).id, "title": SECRETS[0], "attendees": SECRETS[1], "on_behalf_of": SECRETS[2],
            "contact_phone": SECRETS[3]}


def test_somebody_invited_to_a_restricted_conference_reads_what_it_is(with_mail, smtp, mails, invited, restricted):
    invite_to(with_mail, invited, **restricted)

    assert SECRETS[0] in arrived(smtp, mails, invited).subject


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_mail_about_a_restricted_conference_tells_an_outsider_the_time_only(with_mail, smtp, mails, kind, restricted):
    conference_id = with_mail.book(**restricted)
    mails()
    with write_transaction():
        occurrence = tables.conference_by_id(conference_id).occurrences[0]
        outbox.enqueue(kind, to=[with_mail.stranger.id], conference_id=conference_id, occurrence_id=occurrence.id, room_id=with_mail.room.id,
                       reason=SECRETS[0])

    mail, = mails()

    assert [word for word in SECRETS if word in everything(mail)] == []
    assert "08:00–09:00" in mail.text


def test_who_stopped_needing_to_know_before_the_mail_went_out_does_not_learn_it(with_mail, smtp, mails, invited, restricted):
    conference_id = invite_to(with_mail, invited, **restricted)
    invite.withdraw(conference_id, invited.id, by=with_mail.clerk)

    mail = arrived(smtp, mails, invited)

    assert [word for word in SECRETS if word in everything(mail)] == []
    assert mail.calendar_part is None


def test_an_invitation_that_was_mailed_is_taken_out_of_the_calendar_without_naming_it_again(with_mail, smtp, mails, invited, restricted):
    conference_id = invite_to(with_mail, invited, **restricted)
    first = arrived(smtp, mails, invited)
    invite.withdraw(conference_id, invited.id, by=with_mail.clerk)

    second, = mails()

    assert [word for word in SECRETS if word in everything(second)] == []
    assert (second.event["UID"], str(second.event["STATUS"]), str(second.calendar["METHOD"])) == (first.event["UID"], "CANCELLED", "CANCEL")
    assert second.event["SEQUENCE"] > first.event["SEQUENCE"]


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_mail_about_a_classified_conference_carries_its_code_name_and_time_only(with_mail, smtp, mails, invited, kind):
    profile = a_profile(Classification.SECRET)
    conference_id = invite_to(with_mail, invited, profile_id=profile.id, title="", code_name="SAO MAI", on_behalf_of=SECRETS[2],
                              contact_phone=SECRETS[3])
    mails()
    with write_transaction():
        occurrence = tables.conference_by_id(conference_id).occurrences[0]
        outbox.enqueue(kind, to=[invited.id], conference_id=conference_id, occurrence_id=occurrence.id, room_id=with_mail.room.id, reason=SECRETS[0])

    mail, = mails()

    assert [word for word in (*SECRETS, with_mail.room.name, with_mail.hall.name, with_mail.chair.name, with_mail.clerk.name)
            if word in everything(mail)] == []
    assert "SAO MAI" in mail.subject and "08:00–09:00" in mail.text


def test_a_classified_invitation_and_its_cancellation_are_one_entry(with_mail, smtp, mails, invited):
    profile = a_profile(Classification.SECRET)
    conference_id = invite_to(with_mail, invited, profile_id=profile.id, title="", code_name="SAO MAI")
    first = arrived(smtp, mails, invited)
    cancel.cancel_conference(conference_id, by=with_mail.clerk, reason="Hoãn")

    last = next(mail for mail in mails() if mail.to == invited.email)

    assert (first.event["UID"], first.event["SUMMARY"]) == (last.event["UID"], last.event["SUMMARY"])
    assert [len(mail.event["ATTENDEE"] if isinstance(mail.event["ATTENDEE"], list) else [1]) for mail in (first, last)] == [1, 1]
    assert tables.conference_by_id(conference_id).uid not in first.raw.decode() + everything(first)


# Calendar files


def test_organizer_chair_and_invited_people_stand_in_the_file_with_their_answers(with_mail, smtp, mails, invited):
    second = reader(with_mail.centre, "Lê Văn Tám")
    conference_id = invite_to(with_mail, invited)
    invite.answer_invitation(conference_id, "tentative", by=invited)
    invite.invite_people(conference_id, [second.id], by=with_mail.clerk)

    event = arrived(smtp, mails, second).event

    assert str(event["ORGANIZER"]) == "mailto:clerk@hop.example"
    assert {(str(one), one.params["CN"], one.params["PARTSTAT"], one.params.get("RSVP")) for one in event["ATTENDEE"]} == {
        ("mailto:chair@hop.example", "Chủ trì", "ACCEPTED", None), (f"mailto:{invited.email}", invited.name, "TENTATIVE", None),
        (f"mailto:{second.email}", second.name, "NEEDS-ACTION", "TRUE")}


def test_one_cancelled_date_of_a_series_is_cancelled_by_its_recurrence_id(with_mail, smtp, mails, invited):
    conference_id = invite_to(with_mail, invited, recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=4"))
    first = arrived(smtp, mails, invited)
    second_date = tables.conference_by_id(conference_id).occurrences[1]
    cancel.cancel_conference(conference_id, by=with_mail.clerk, reason="Nghỉ", scope=cancel.Scope.THIS, occurrence_id=second_date.id)

    last = next(mail for mail in mails() if mail.to == invited.email)

    assert (str(last.calendar["METHOD"]), last.event["UID"], str(last.event["STATUS"])) == ("CANCEL", first.event["UID"], "CANCELLED")
    assert last.event["RECURRENCE-ID"].dt == second_date.slot_at


def test_a_cancelled_series_is_cancelled_as_a_whole(with_mail, smtp, mails, invited):
    conference_id = invite_to(with_mail, invited, recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=4"))
    mails()
    cancel.cancel_conference(conference_id, by=with_mail.clerk, reason="Thôi")

    last = next(mail for mail in mails() if mail.to == invited.email)

    assert (str(last.calendar["METHOD"]), str(last.event["STATUS"]), "RECURRENCE-ID" in last.event) == ("CANCEL", "CANCELLED", False)


def test_a_date_cancelled_before_the_invitation_went_out_is_left_out_of_it(with_mail, smtp, mails, invited):
    conference_id = invite_to(with_mail, invited, recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=4"))
    second_date = tables.conference_by_id(conference_id).occurrences[1]
    cancel.cancel_conference(conference_id, by=with_mail.clerk, reason="Nghỉ", scope=cancel.Scope.THIS, occurrence_id=second_date.id)

    mail = arrived(smtp, mails, invited)

    assert (str(mail.calendar["METHOD"]), mail.subject, mail.event["EXDATE"].dts[0].dt) == ("REQUEST", "Giao ban tuần", second_date.slot_at)


def test_a_reminder_is_not_mailed_after_the_start(with_mail, smtp, mails, set_clock):
    conference_id = with_mail.book()
    mails()
    with write_transaction():
        outbox.enqueue(NoticeKind.REMINDER, to=[with_mail.chair.id], conference_id=conference_id,
                       occurrence_id=tables.conference_by_id(conference_id).occurrences[0].id)
    set_clock.at = with_mail.wish().span.start + timedelta(minutes=1)

    assert mails() == []
