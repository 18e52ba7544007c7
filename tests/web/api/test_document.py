"""The API's description, and that the API keeps to it: schemathesis asks what the description allows, and what it forbids."""

import re
from contextvars import Context

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.config import ChecksConfig, PositiveDataAcceptanceConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from roomctl.organisation import signin, tokens
from roomctl.web.access import RULES

# What is well-formed may still be impossible (a room that is taken, a chair that is none): 422 says so with a reason.
ACCEPTED = PositiveDataAcceptanceConfig(expected_statuses=["2xx", "401", "403", "404", "409", "422"])
ADDRESS = "/api/v1/openapi.json"


OPERATIONS = sorted(name.removeprefix("api.") for name in RULES if name.startswith("api.") and name != "api.document.show")
NOTHING_TO_GET_WRONG = {"profiles.index", "reservations.index"}  # They take nothing.


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mode"), [(name, mode) for name in OPERATIONS for mode in GenerationMode
                                             if mode is GenerationMode.POSITIVE or name not in NOTHING_TO_GET_WRONG])
def test_the_api_keeps_to_its_description(app, place, program, wanted, name, mode):
    program(place.clerk)("POST", "/conferences", json=wanted())
    tokens_held = [program(person).token for person in (place.clerk, place.province_approver, place.officer)]
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(checks=ChecksConfig(positive_data_acceptance=ACCEPTED))))
    document = app.test_client().get(ADDRESS).json
    del document["security"]  # Every request here carries a good token; what happens without one is asked below.
    described = schemathesis.openapi.from_dict(document, config=config)
    described.app = lambda environ, start: Context().run(app, environ, start)

    @given(case=described.find_operation_by_id(name).as_strategy(generation_mode=mode))
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case):
        for token in tokens_held:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    ask()


def test_every_operation_is_described_and_everything_described_is_there(app, place):
    document = app.test_client().get(ADDRESS).json
    described = sorted(one["operationId"] for path in document["paths"].values() for one in path.values())

    assert document["openapi"] == "3.1.0"
    assert described == OPERATIONS


def test_the_description_tells_nothing_of_the_installation(app, place):
    text = app.test_client().get(ADDRESS).text

    assert not re.search(f"{place.clerk.username}|{place.hall.name}|localhost|sqlite", text)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer roomctl_nonsense"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
def test_without_a_good_token_there_is_no_answer(app, place, header):
    answer = app.test_client().get("/api/v1/rooms", headers=header)

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_browsers_sign_in_opens_no_api_and_a_token_no_page(place, program, signed_in, browser):
    token = program(place.clerk).token

    assert signed_in(place.clerk).get("/api/v1/rooms").status_code == 401
    assert signed_in(place.clerk).post("/api/v1/conferences", json={}).status_code == 401
    assert browser().get("/staff/week", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("end", ["revoked", "expired", "account closed"])
def test_a_token_ends(place, program, set_clock, end):
    clerk = program(place.clerk)
    assert clerk("GET", "/profiles").status_code == 200

    match end:
        case "revoked":
            tokens.revoke_token(1)
        case "expired":
            set_clock.forward(days=365)
        case _:
            signin.close_account(place.clerk.id, by=None)

    assert clerk("GET", "/profiles").status_code == 401


def test_a_try_at_what_is_not_allowed_is_in_the_trail(place, program, counted):
    before = counted("trail_entries")

    answer = program(place.technician)("POST", "/conferences", json={})

    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert counted("trail_entries") == before + 2  # The token, and the try.


def test_an_address_that_is_none_answers_as_the_api_does(place, program):
    answers = [program(place.clerk)("GET", "/nothing"), program(place.clerk)("DELETE", "/rooms")]

    assert [(answer.status_code, answer.mimetype) for answer in answers] == [(404, "application/problem+json"), (405, "application/problem+json")]
    assert "GET" in answers[1].headers["Allow"]


def test_no_cookie_is_set_for_a_program(place, program):
    assert "Set-Cookie" not in program(place.clerk)("GET", "/rooms").headers
