"""Trial calls on the page: asking, and reading what came of it."""

import pytest
from builders import a_person

from roomctl.database import db, write_transaction
from roomctl.organisation.roles import Role
from roomctl.sessions.trial_tables import TrialCall
from web.browser import Page

TRIALS = "/technician/trials"


@pytest.fixture
def form(equipped) -> str:
    return f"{TRIALS}/new?room={equipped.hall.id}"


def ask(client, form: str, room_id: int, **typed):
    return client.send(TRIALS, {"room": room_id, "to": "bridge", "key": "k", **typed}, page=form)


def put(trial_id: int, state: str, *steps: tuple[str, str, str]) -> None:
    with write_transaction() as session:
        row = session.get_one(TrialCall, trial_id)
        row.state, row.steps = state, [list(step) for step in steps]


def test_the_rooms_page_asks_for_a_call_to_the_bridge(equipped, signed_in, form):
    client = signed_in(equipped.technician)
    room = f"/technician/rooms/{equipped.hall.id}"
    page = client.page(room)

    answer = client.send(TRIALS, {"room": equipped.hall.id, "to": "bridge"}, page=room)

    assert TRIALS in page.actions and form in page.links
    assert answer.status_code == 303
    assert "Gọi thử đến 7001@bridge.example" in client.page(answer.headers["Location"]).text


def test_another_room_is_dialled_by_its_code(equipped, signed_in, form):
    answer = ask(signed_in(equipped.technician), form, equipped.hall.id, to="room", code=equipped.room.code)

    db.session.rollback()
    assert answer.status_code == 303
    assert db.session.get(TrialCall, 1).address == f"{equipped.room.code}@vc.example"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("typed", "reason", "status"), [
    ({"to": "room", "code": "none"}, "unknown_room_code", 422), ({"to": "address", "address": 'a"b'}, "bad_dial_address", 422),
    ({"to": "moon"}, "unknown_choice", 422)])
def test_what_cannot_be_dialled_is_said(equipped, signed_in, form, sentence, typed, reason, status, language):
    answer = ask(signed_in(equipped.technician, language), form, equipped.hall.id, **typed)

    assert (answer.status_code, sentence(reason, language) in Page(answer.text).text) == (status, True)


def test_a_second_call_at_once_is_refused_in_words(equipped, signed_in, form, sentence):
    client = signed_in(equipped.technician)
    ask(client, form, equipped.hall.id)

    answer = ask(client, form, equipped.hall.id, key="k2")

    assert (answer.status_code, sentence("trial_under_way") in Page(answer.text).text) == (409, True)


def test_a_conference_in_a_moment_is_named(equipped, signed_in, form, book_soon):
    book_soon()

    answer = ask(signed_in(equipped.technician), form, equipped.hall.id)

    assert (answer.status_code, "có hội nghị lúc" in Page(answer.text).text) == (409, True)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("state", "steps"), [
    ("waiting", ()), ("under_way", (("ready", "yes", ""),)),
    ("done", (("ready", "yes", ""), ("connected", "yes", "sip"), ("media", "yes", ""), ("encryption", "yes", "A · Aes-128"), ("hung_up", "yes", ""))),
    ("failed", (("ready", "no", "trial_conference_soon"),)), ("failed", (("ready", "unknown", "silent"),)),
    ("failed", (("ready", "yes", ""), ("connected", "no", "call_vanished"), ("hung_up", "no", "hang_up_not_confirmed"))),
    ("done", (("media", "unknown", "no_proof"), ("encryption", "unknown", "no_proof"))), ("unknown", (("hung_up", "unknown", "already_in_call"),))])
def test_every_result_is_said_in_words(equipped, signed_in, form, state, steps, language):
    client = signed_in(equipped.technician, language)
    ask(client, form, equipped.hall.id)
    put(1, state, *steps)

    page = client.page(f"{TRIALS}/1")

    for _, _, detail in steps:
        assert "_" not in detail or detail not in page.text


def test_a_call_that_may_still_be_up_is_warned_of(equipped, signed_in, form):
    client = signed_in(equipped.technician)
    ask(client, form, equipped.hall.id)
    put(1, "failed", ("hung_up", "unknown", "silent"))

    assert "Thiết bị có thể vẫn còn cuộc gọi" in client.page(f"{TRIALS}/1").text


def test_the_page_says_that_a_trial_proves_nothing_for_later(equipped, signed_in, form):
    client = signed_in(equipped.technician)
    ask(client, form, equipped.hall.id)

    assert "không chứng minh gì cho các phiên họp sau" in client.page(f"{TRIALS}/1").text


def test_the_fragment_answers_304_and_says_when_it_is_over(equipped, signed_in, form):
    client = signed_in(equipped.technician)
    ask(client, form, equipped.hall.id)

    first = client.get(f"{TRIALS}/1/state")
    again = client.get(f"{TRIALS}/1/state", headers={"If-None-Match": first.headers["ETag"]})
    put(1, "failed", ("ready", "no", "not_registered"))
    over = client.get(f"{TRIALS}/1/state", headers={"If-None-Match": first.headers["ETag"]})

    assert [(one.status_code, one.headers["X-Panel-State"]) for one in (first, again, over)] == [(200, "open"), (304, "open"), (200, "over")]


def test_a_room_without_a_codec_says_so(place, signed_in):
    page = signed_in(place.technician).page(f"{TRIALS}/new?room={place.hall.id}")

    assert "chưa có thiết bị hội nghị" in page.text and TRIALS not in page.actions


def test_an_administrator_reads_and_does_not_ask(equipped, signed_in, form):
    client = signed_in(equipped.administrator)

    assert (TRIALS in client.page(form).actions, ask(client, form, equipped.hall.id).status_code) == (False, 403)


@pytest.mark.parametrize("path", [f"{TRIALS}/1", f"{TRIALS}/1/state", f"{TRIALS}/999", f"{TRIALS}/new?room=999", f"{TRIALS}/new"])
def test_what_is_of_other_units_is_not_found(equipped, signed_in, form, path):
    ask(signed_in(equipped.technician), form, equipped.hall.id)

    assert signed_in(a_person(equipped.province, Role.TECHNICIAN)).get(path).status_code == 404
