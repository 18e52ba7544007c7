"""The post, against a real SMTP server: what is sent, what is tried again, and what a kill or a second process does to it."""

import logging
import os
import signal
import ssl
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from builders import SetClock, a_person, a_span, a_unit
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from smtp_server import SmtpServer
from sqlalchemy import select, text

from roomctl import clock
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.cancel import cancel_conference
from roomctl.calendars import mail, post
from roomctl.database import db, write_transaction
from roomctl.notices import outbox
from roomctl.notices.tables import Notice
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import signin
from roomctl.organisation.roles import Role

MINUTE = timedelta(minutes=1)
PROCESS = Path(__file__).with_name("posting_process.py")


def notices(**facts) -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).filter_by(**facts).order_by(Notice.id).execution_options(populate_existing=True)))


def tell(person, kind: NoticeKind = NoticeKind.ROLE_LENT, **facts) -> None:
    with write_transaction():
        outbox.enqueue(kind, to=[person.id], **facts)


@pytest.fixture
def told(with_mail):
    """A notice of nothing in particular for the clerk, and the one row of it."""
    tell(with_mail.clerk)
    return lambda: notices(user_id=with_mail.clerk.id)[0]


# What is sent


def test_a_notice_is_mailed_once(with_mail, told, mails):
    assert [len(mails()), len(mails())] == [1, 0]
    assert (told().mailed_at, told().mail_due_at) == (clock.now(), None)


def test_a_notice_is_not_mailed_before_it_is_due(with_mail, mails, set_clock):
    tell(with_mail.clerk, mail_after=10 * MINUTE)

    early = mails()
    set_clock.forward(minutes=10)

    assert (len(early), len(mails())) == (0, 1)


def test_without_a_server_notices_stay_as_they_are(with_mail, told, mails, set_mail):
    set_mail(None)
    due = told().mail_due_at

    assert (mails(), told().mail_due_at) == ([], due)


def test_notices_older_than_two_days_are_not_mailed_when_a_server_is_set_up(with_mail, told, mails, set_clock):
    set_clock.forward(days=2)

    assert mails() == []


@pytest.mark.parametrize("reason", ["no address", "closed account"])
def test_who_has_no_address_or_no_account_is_not_written_to(with_mail, told, mails, smtp, reason):
    if reason == "no address":
        with write_transaction():
            with_mail.clerk.email = ""
    else:
        signin.close_account(with_mail.clerk.id, by=None)

    assert (mails(), told().mailed_at) == ([], None)


def test_rooms_granted_for_one_date_are_one_mail(with_mail, mails):
    rooms = [with_mail.hall, with_mail.room, with_mail.other_room]
    conference_id = with_mail.book()
    mails()
    for room in rooms:
        tell(with_mail.clerk, NoticeKind.RESERVATION_GRANTED, conference_id=conference_id, occurrence_id=1, room_id=room.id)

    new, = mails()

    assert [room.name in new.text for room in rooms] == [True, True, True]
    assert {one.mailed_at for one in notices(kind=NoticeKind.RESERVATION_GRANTED)} == {clock.now()}


def test_p17_create_move_and_cancel_are_one_entry_in_a_calendar(with_mail, mails):
    guest = with_mail.stranger
    conference_id = with_mail.book(invited_ids=frozenset({guest.id}))
    came = [next(one for one in mails() if one.to == guest.email)]
    amend_conference(conference_id, Amendment(span=a_span("2027-03-02T02:00")), by=with_mail.clerk)
    came.append(next(one for one in mails() if one.to == guest.email))
    cancel_conference(conference_id, by=with_mail.clerk, reason="Hoãn vì bão")
    came.append(next(one for one in mails() if one.to == guest.email))

    assert len({str(one.event["UID"]) for one in came}) == 1
    assert [int(one.event["SEQUENCE"]) for one in came] == [0, 1, 2]
    assert [str(one.calendar["METHOD"]) for one in came] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [one.calendar_part.get_param("method") for one in came] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [str(one.event["STATUS"]) for one in came] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [one.event["DTSTART"].dt.hour for one in came[:2]] == [1, 2]
    assert all("ORGANIZER" in one.event and f"mailto:{guest.email}" in [str(who) for who in one.event["ATTENDEE"]] for one in came)


def test_of_invitations_that_wait_only_the_latest_is_sent(with_mail, mails):
    guest = with_mail.stranger
    conference_id = with_mail.book(invited_ids=frozenset({guest.id}))
    amend_conference(conference_id, Amendment(span=a_span("2027-03-02T02:00")), by=with_mail.clerk)
    amend_conference(conference_id, Amendment(title="Giao ban tháng"), by=with_mail.clerk)

    came = [one for one in mails() if one.to == guest.email]

    assert [(one.subject, int(one.event["SEQUENCE"]), one.event["DTSTART"].dt.hour) for one in came] == [("Giao ban tháng", 2, 2)]
    assert [one.mailed_at is not None for one in notices(user_id=guest.id)] == [True, True, True]


def test_two_conferences_of_one_person_are_two_mails(with_mail, mails):
    for day in (2, 3):
        with_mail.book(span=a_span(f"2027-03-0{day}T01:00"), invited_ids=frozenset({with_mail.stranger.id}))

    assert [one.to for one in mails()].count("stranger@hop.example") == 2


# What goes wrong


def test_a_refused_mail_is_tried_again_ever_later_until_two_days_are_over(with_mail, told, smtp, mails, set_clock):
    smtp.data_answer, start, tries = "451 try again later", clock.now(), []

    while told().mail_due_at is not None:
        set_clock.at = told().mail_due_at
        tries.append((set_clock.at - start) // MINUTE)
        mails()

    assert tries[:7] == [0, 1, 6, 21, 81, 141, 201]
    assert tries[-1] < 2 * 24 * 60 <= tries[-1] + 60
    assert (told().mail_tries, told().mail_error, told().mailed_at) == (len(tries), "451 try again later", None)


def test_a_mail_that_is_taken_at_last_forgets_what_went_wrong(with_mail, told, smtp, mails, set_clock):
    smtp.data_answer = "451 try again later"
    mails()
    smtp.data_answer = "250 OK"
    set_clock.forward(minutes=1)

    assert (len(mails()), told().mail_error, told().mailed_at) == (1, "", clock.now())


@pytest.mark.parametrize(("answer", "due_again"), [("550 no such person", False), ("450 mailbox busy", True)])
def test_an_address_refused_for_good_is_given_up_at_once_and_one_refused_for_now_is_not(with_mail, told, smtp, mails, answer, due_again):
    smtp.refused["clerk@hop.example"] = answer

    assert (mails(), told().mail_error, told().mail_due_at is not None) == ([], answer, due_again)


def test_one_refused_address_does_not_keep_the_others_waiting(with_mail, smtp, mails):
    smtp.refused["clerk@hop.example"] = "550 no such person"
    for person in (with_mail.clerk, with_mail.chair, with_mail.officer):
        tell(person)

    assert [one.to for one in mails()] == ["chair@hop.example", "officer@hop.example"]


@pytest.mark.parametrize("address", ["tên@hop.example", "a@b@c", '"a@hop.example'])
def test_an_address_that_is_none_is_given_up_and_the_others_are_written_to(with_mail, told, mails, address):
    with write_transaction():
        with_mail.clerk.email = address
    tell(with_mail.chair)

    assert [one.to for one in mails()] == ["chair@hop.example"]
    assert (told().mail_due_at, bool(told().mail_error)) == (None, True)


def test_a_server_that_drops_the_line_in_the_middle_of_a_mail_gets_it_again(with_mail, told, smtp, mails, set_clock):
    smtp.drops = True
    first = post.deliver_due()
    smtp.drops = False
    set_clock.forward(minutes=1)

    assert (first, len(mails()), told().mail_tries) == (post.Round(0, server_away=True), 1, 1)


def test_a_server_that_falls_silent_is_not_waited_for(with_mail, told, smtp, monkeypatch):
    monkeypatch.setattr(post, "ANSWER_WITHIN_S", 0.2)
    smtp.is_silent = True

    assert post.deliver_due() == post.Round(0, server_away=True)
    assert (told().mail_due_at, told().mail_error) == (clock.now() + MINUTE, "connection lost: Connection unexpectedly closed: timed out")


def test_a_server_that_is_not_there_costs_one_try(with_mail, smtp):
    for person in (with_mail.clerk, with_mail.chair):
        tell(person)
    smtp.stop()

    assert post.deliver_due() == post.Round(0, server_away=True)
    assert [one.mail_tries for one in notices(kind=NoticeKind.ROLE_LENT)] == [1, 0]


def test_a_mail_that_cannot_be_written_is_noted_and_the_others_are_sent(with_mail, told, mails, monkeypatch, caplog):
    tell(with_mail.chair)
    whole = mail.compose
    monkeypatch.setattr(mail, "compose", lambda rows, server: 1 / 0 if rows[0].user_id == with_mail.clerk.id else whole(rows, server))

    assert [one.to for one in mails()] == ["chair@hop.example"]
    assert told().mail_error == "cannot be written: ZeroDivisionError"


def test_no_title_stands_in_the_programs_log(with_mail, smtp, mails, caplog):
    caplog.set_level(logging.DEBUG)
    smtp.data_answer = "554 no mail about Kiểm điểm cán bộ here"
    with_mail.book(title="Kiểm điểm cán bộ", invited_ids=frozenset({with_mail.stranger.id}))

    mails()

    assert "failed" in caplog.text
    assert "Kiểm điểm" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("roomctl"))


def test_no_transaction_is_open_while_the_server_takes_its_time(with_mail, told, smtp, mails, monkeypatch):
    seen, sending = [], post._Connection.send
    monkeypatch.setattr(post._Connection, "send", lambda self, message: (seen.append(db.session().in_transaction()), sending(self, message)))

    mails()

    assert seen == [False]


# The way to the server


@pytest.fixture
def guarded(tmp_path):
    """A server that insists on STARTTLS and a password, and the file with its certificate."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = SetClock().at.replace(year=2020)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
                   .not_valid_before(begin).not_valid_after(begin.replace(year=2100))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256()))
    chain, secret = tmp_path / "chain.crt", tmp_path / "chain.secret"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    server = SmtpServer(tls=context, password="geheim")
    server.start()
    yield server, chain
    server.stop()


def sign_in_with(guarded, tmp_path, password: str):
    server, _ = guarded
    (tmp_path / "password").write_text(f"{password}\n")
    return server.settings(host="localhost", tls="starttls", user="roomctl", password_file=tmp_path / "password")


def test_mail_goes_over_tls_with_the_password_of_its_file(with_mail, told, guarded, set_mail, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded[1]))
    set_mail(sign_in_with(guarded, tmp_path, "geheim"))

    assert (post.deliver_due().sent, guarded[0].log_ins) == (1, 1)


@pytest.mark.parametrize(("trusted", "password"), [(False, "geheim"), (True, "wrong"), (True, "Mật khẩu thư")])
def test_neither_an_unknown_certificate_nor_a_wrong_password_is_passed_over(with_mail, told, guarded, set_mail, tmp_path, monkeypatch, trusted,
                                                                            password):
    monkeypatch.setattr(post, "ANSWER_WITHIN_S", 2.0)  # This server says nothing to a password it does not know.
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(guarded[1]))
    set_mail(sign_in_with(guarded, tmp_path, password))

    assert post.deliver_due() == post.Round(0, server_away=True)
    assert (guarded[0].log_ins, guarded[0].mails, told().mail_tries) == (0, [], 1)


def test_nothing_is_sent_in_the_clear_where_tls_is_wanted(with_mail, told, smtp, set_mail):
    set_mail(smtp.settings(tls="starttls"))

    assert (post.deliver_due(), smtp.mails) == (post.Round(0, server_away=True), [])


# Kills, and two at once


def begin(app, smtp, *, death: str = "") -> subprocess.Popen:
    settings = app.config["SETTINGS"]
    process = subprocess.Popen([sys.executable, str(PROCESS), str(settings.home), settings.database_url, str(smtp.port), death,
                                clock.now().isoformat()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen) -> str:
    return process.communicate("go\n", timeout=60)[0].strip()


@pytest.fixture
def with_mail_on(app_on, smtp, set_clock):
    """Thirty notices for people with addresses, on each engine in turn."""
    centre = a_unit("Trung ương")
    people = [a_person(centre, Role.STAFF) for _ in range(30)]
    with write_transaction():
        for person in people:
            person.email = f"{person.username}@hop.example"
        outbox.enqueue(NoticeKind.ROLE_LENT, to=[person.id for person in people])
    db.session.rollback()
    return app_on


def test_two_processes_at_once_send_each_mail_once(with_mail_on, smtp):
    processes = [begin(with_mail_on, smtp) for _ in range(2)]
    answers: list[str] = []
    threads = [threading.Thread(target=lambda one=process: answers.append(finish(one))) for process in processes]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(map(int, answers)) == 30
    assert len({one.to for one in smtp.mails}) == len(smtp.mails) == 30


@pytest.mark.parametrize(("death", "mails_of_the_first"), [("before_sending", 1), ("before_recording", 2)])
def test_a_process_killed_around_sending_loses_no_mail_and_repeats_at_most_one(with_mail_on, smtp, set_mail, set_clock, death, mails_of_the_first):
    set_mail(smtp.settings())
    finish(begin(with_mail_on, smtp, death=death))
    post.deliver_due()
    at_once = len({one.to for one in smtp.mails})

    set_clock.at += post.CLAIM
    post.deliver_due()

    first = [one.parsed["Message-ID"] for one in smtp.mails if one.to == addresses_in_order()[0]]
    assert at_once == 29 + (death == "before_recording")
    assert len({one.to for one in smtp.mails}) == 30
    assert (len(first), len(set(first)), len(smtp.mails)) == (mails_of_the_first, 1, 29 + mails_of_the_first)


def addresses_in_order() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT email FROM users JOIN notices ON notices.user_id = users.id ORDER BY notices.id")))


# The worker's chore


def test_the_postman_goes_in_a_thread_of_his_own_and_one_round_at_a_time(with_mail, told):
    under_way, may_end, rounds = threading.Event(), threading.Event(), []

    def deliver() -> post.Round:
        rounds.append(threading.current_thread())
        under_way.set()
        may_end.wait(10)
        return post.Round(0)

    postman = post.Postman(deliver)
    postman.set_out()
    under_way.wait(10)
    postman.set_out()
    may_end.set()
    postman.come_back(10)

    assert (len(rounds), rounds[0] is threading.current_thread(), postman.is_out) == (1, False, False)


def test_the_postman_delivers(with_mail, told, smtp):
    postman = post.Postman()

    postman.set_out()
    postman.come_back(10)

    assert len(smtp.mails) == 1


def test_the_postman_stays_at_home_when_nothing_is_due_or_there_is_no_server(with_mail, told, mails, set_mail):
    rounds: list[int] = []
    postman = post.Postman(lambda: rounds.append(1) or post.Round(0))
    mails()
    postman.set_out()
    tell(with_mail.clerk)
    set_mail(None)
    postman.set_out()
    postman.come_back(10)

    assert rounds == []


def test_the_postman_rests_when_the_server_was_not_there(with_mail, told):
    rounds: list[int] = []
    postman = post.Postman(lambda: rounds.append(1) or post.Round(0, server_away=True))

    for _ in range(3):
        postman.set_out()
        postman.come_back(10)

    assert len(rounds) == 1


def test_a_round_that_fails_is_noted_and_the_postman_lives_on(with_mail, told, caplog):
    postman = post.Postman(lambda: 1 / 0)

    postman.set_out()
    postman.come_back(10)

    assert "a round of the post failed" in caplog.text


def test_a_running_worker_mails_what_is_due_and_stops_when_told_to(app, smtp, tmp_path):
    person = a_person(a_unit("Trung ương"), Role.STAFF)
    with write_transaction():
        person.email = "clerk@hop.example"
    tell(person)
    settings, log = app.config["SETTINGS"], tmp_path / "worker.log"
    environment = {**os.environ, "ROOMCTL_HOME": str(settings.home), "ROOMCTL_DATABASE": settings.database_url, "ROOMCTL_SMTP_TLS": "none",
                   "ROOMCTL_SMTP": f"127.0.0.1:{smtp.port}", "ROOMCTL_MAIL_FROM": "no-reply@hop.example"}

    with log.open("wb") as said:
        worker = subprocess.Popen([sys.executable, "-m", "roomctl.cli", "worker"], stderr=said, env=environment)
    try:
        assert smtp.arrived.wait(60), log.read_text()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()

    assert [one.to for one in smtp.mails] == ["clerk@hop.example"]
    assert notices()[0].mailed_at is not None
