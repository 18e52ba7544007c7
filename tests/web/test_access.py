"""Every route, and who may call it."""

import re

import pytest
from builders import a_person
from flask import Flask
from sqlalchemy import text

from roomctl.database import db
from roomctl.organisation import directory, tokens
from roomctl.organisation.roles import ROLE_ACTIONS, Action, Role
from roomctl.rooms import tables as rooms
from roomctl.web import access
from roomctl.web.access import RULES, Door
from roomctl.web.public.sign_in import SIGN_IN_COOKIE


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Return (method, path, endpoint) of every route, its holes filled with an id that nothing has."""
    holes = {"year": "2027", "week": "9", "name": "app.css"}
    return sorted((method, re.sub(r"<(?:\w+:)?(\w+)>", lambda hole: holes.get(hole[1], "999"), rule.rule), rule.endpoint)
                  for rule in app.url_map.iter_rules() for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"})


def knock(client, method: str, path: str, token: str, bearer: str = ""):
    """Ask as a browser with a form's token; where programs ask, as one of those with a bearer token."""
    sent = {} if method == "GET" else {"json": {}} if path.startswith("/api/") else {"data": {"csrf_token": token}}
    return client.open(path, method=method, headers={"Accept": "text/html", "Authorization": f"Bearer {bearer}"}, **sent)


def refusals() -> int:
    db.session.rollback()
    return db.session.scalar(text("SELECT count(*) FROM trail_entries WHERE kind = 'access_refused'"))


def test_every_route_has_a_rule(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} - set(RULES) == set()


def test_every_rule_has_a_route(app):
    assert set(RULES) - {rule.endpoint for rule in app.url_map.iter_rules()} == set()


def test_only_get_and_post_are_ever_used(app):
    assert {method for rule in app.url_map.iter_rules() for method in rule.methods} <= {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_route_without_a_rule_answers_nobody(another_app, place, signed_in):
    another_app.add_url_rule("/forgotten", "staff.forgotten", lambda: "secret")
    clients = [another_app.test_client() for _ in range(4)]
    for client, user in zip(clients[1:], (place.clerk, place.administrator, place.officer), strict=True):
        client.set_cookie(SIGN_IN_COOKIE, signed_in(user).get_cookie(SIGN_IN_COOKIE).value)

    answers = [client.get("/forgotten") for client in clients]

    assert {(answer.status_code, "secret" in answer.text) for answer in answers} == {(404, False)}


def test_nobody_gets_past_a_door_that_is_not_public(app, place, browser, csrf):
    client, got_in = browser(), []
    token = csrf(client, "/sign-in")

    for method, path, endpoint in routes(app):
        if RULES[endpoint] is Door.PUBLIC:
            continue
        answer = knock(client, method, path, token)
        led_away = answer.status_code == 303 and re.match(r"/sign-in\?next=|/panel/pair$", answer.headers["Location"])
        if not (answer.status_code == 401 or (method == "GET" and led_away)):
            got_in.append((method, path, answer.status_code))

    assert got_in == []


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_in_where_its_row_of_the_table_says_and_nowhere_else(app, place, signed_in, csrf, role):
    person = a_person(place.centre, role)
    client, bearer, wrong = signed_in(person), tokens.add_token(person.username, name="a test"), []
    token = csrf(client, "/staff/notices")

    for method, path, endpoint in routes(app):
        rule = RULES[endpoint]
        if isinstance(rule, Action) or rule is Door.SIGNED_IN:
            status = knock(client, method, path, token, bearer).status_code
            may = rule is Door.SIGNED_IN or rule in ROLE_ACTIONS[role]
            if (status != 403) != may or status in (401, 400) or status >= 500:
                wrong.append((method, path, status, "may" if may else "may not"))

    assert wrong == []


def test_somebody_without_any_role_sees_their_notices_only(app, place, signed_in, csrf):
    person = a_person(place.centre)
    client, bearer = signed_in(person), tokens.add_token(person.username, name="a test")
    token = csrf(client, "/staff/notices")

    opened = {endpoint for method, path, endpoint in routes(app)
              if isinstance(RULES[endpoint], Action) and knock(client, method, path, token, bearer).status_code != 403}

    assert opened == set()


def test_a_refusal_leaves_an_entry_in_the_trail(place, signed_in):
    before = refusals()

    answer = signed_in(place.clerk).get("/auditor/trail")

    assert answer.status_code == 403
    assert refusals() == before + 1
    entry = db.session.execute(text("SELECT actor, outcome FROM trail_entries WHERE kind = 'access_refused'")).one()
    assert tuple(entry) == (place.clerk.id, "refused")


def test_a_page_that_is_not_there_leaves_no_entry(place, signed_in):
    signed_in(place.clerk).get("/staff/conferences/999")

    assert refusals() == 0


def test_a_page_asked_for_too_early_leads_to_the_sign_in_and_back(browser, place):
    answer = browser().get("/staff/week/2027/9?a=1", headers={"Accept": "text/html"})

    assert answer.headers["Location"] == "/sign-in?next=/staff/week/2027/9?a%3D1"


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/panel/state"), ("GET", "/panel/occurrences/1/start"), ("POST", "/panel/occurrences/1/start"),
    ("POST", "/panel/sessions/1/end"), ("POST", "/panel/sessions/1/legs/1/leave-out"), ("POST", "/panel/sessions/1/legs/1/retry"),
])
def test_a_panel_that_is_not_paired_is_told_so(browser, place, csrf, method, path):
    client = browser()
    token = csrf(client, "/panel/pair")

    assert knock(client, method, path, token).status_code == 401


def test_a_panel_that_is_not_paired_is_led_to_the_pairing(browser, place):
    answer = browser().get("/panel")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/panel/pair")


def test_somebody_signed_in_is_no_panel(place, signed_in):
    assert signed_in(place.chair).get("/panel/state").status_code == 401


def test_a_panel_is_nobody_who_signed_in(place, paired_panel):
    assert paired_panel(place.hall).get("/staff/notices").status_code == 401


def test_a_revoked_panel_is_dead_at_once(place, paired_panel, signed_in):
    panel = paired_panel(place.hall)
    alive = panel.get("/panel/state").status_code

    signed_in(place.administrator).send(f"/admin/panels/{rooms.panels_in_use()[0].id}/revocation")

    assert (alive, panel.get("/panel/state").status_code) == (200, 401)


def test_a_role_that_was_taken_back_opens_nothing_any_more(place, signed_in):
    client = signed_in(place.officer)
    before = client.get("/auditor/trail").status_code

    directory.revoke_role(place.officer.standing_grants()[0].id, by=None)

    assert (before, client.get("/auditor/trail").status_code) == (200, 401)


def test_a_number_too_large_for_any_id_is_not_found(app, place, signed_in):
    client, bearer, answers = signed_in(place.clerk), tokens.add_token(place.clerk.username, name="a test"), {}
    for rule in app.url_map.iter_rules():
        if "<int:" in rule.rule and "GET" in rule.methods and access.RULES[rule.endpoint] is Door.SIGNED_IN:
            answers[rule.endpoint] = knock(client, "GET", re.sub(r"<int:\w+>", "9" * 30, rule.rule), "", bearer).status_code

    assert answers and set(answers.values()) == {404}
