"""The API's description, and that the API keeps to it: schemathesis asks what the description allows, and what it forbids."""

import re
from contextvars import Context

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.config import ChecksConfig, PositiveDataAcceptanceConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.config._checks import NegativeDataRejectionConfig

from roomctl.organisation import signin, tokens
from roomctl.organisation.access import can
from roomctl.web.access import RULES, Door

# What is well-formed may still be impossible (a room that is taken, a chair that is none): 422 says so with a reason.
ACCEPTED = PositiveDataAcceptanceConfig(expected_statuses=["2xx", "401", "403", "404", "409", "422"])
# A body that is too large is refused unread, whatever else is wrong with it.
REFUSED = NegativeDataRejectionConfig(expected_statuses=["400", "401", "403", "404", "405", "409", "413", "415", "422"])
ADDRESS = "/api/v1/openapi.json"


OPERATIONS = sorted(name.removeprefix("api.") for name in RULES if name.startswith("api.") and name != "api.document.show")
NOTHING_TO_GET_WRONG = {"profiles.index", "reservations.index", "reservations.decided", "maintenance.index", "groups.index", "invitations.index",
                        "lending.index", "drafts.index", "feeds.index"}  # They take nothing.
EXAMPLES = 10  # For each operation, each mode and each of those who ask: with dozens of operations some thousands of requests.
FEW = 3  # As many ids there are of anything here; of an id that nothing has, one question is enough.


def those_who_ask(place, name: str) -> list:
    """Return one person whom the door lets in and, where that is somebody else, one who may know much of what is behind it."""
    rule = RULES[f"api.{name}"]
    people = [place.clerk, place.province_approver, place.technician, place.administrator, place.centre_approver]
    let_in = [one for one in people if isinstance(rule, Door) or can(one, rule)]
    return [let_in[0], *([place.province_approver] if isinstance(rule, Door) else [])]


@pytest.fixture
def furnished_api(place, program, wanted):
    """Something of everything, so that small ids are ids of something."""
    program(place.clerk)("POST", "/conferences", json=wanted(invited=[place.province_approver.username]))
    program(place.clerk)("POST", "/conferences", json=wanted(
        start="2027-03-03T08:00:00+07:00", end="2027-03-03T09:00:00+07:00", recurrence={"rule": "FREQ=WEEKLY;COUNT=3"}))
    program(place.clerk)("POST", "/groups", json={"group_name": "Tất cả", "rooms": [place.hall.id]})
    program(place.clerk)("POST", "/documents/1/items", json={"title": "Khai mạc"})
    program(place.clerk)("POST", "/feeds", json={"subject": "me"})
    program(place.technician)("POST", "/maintenance", json={
        "room": place.hall.id, "start": "2027-05-01T00:00:00Z", "end": "2027-05-02T00:00:00Z", "reason": "Sơn tường"})


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mode"), [(name, mode) for name in OPERATIONS for mode in GenerationMode
                                             if mode is GenerationMode.POSITIVE or name not in NOTHING_TO_GET_WRONG])
def test_the_api_keeps_to_its_description(app, place, program, furnished_api, name, mode):
    tokens_held = [program(person).token for person in those_who_ask(place, name)]
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(checks=ChecksConfig(
        positive_data_acceptance=ACCEPTED, negative_data_rejection=REFUSED))))
    document = app.test_client().get(ADDRESS).json
    del document["security"]  # Every request here carries a good token; what happens without one is asked below.
    described = schemathesis.openapi.from_dict(document, config=config)
    described.app = lambda environ, start: Context().run(app, environ, start)

    @given(case=described.find_operation_by_id(name).as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def ask(case):
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = {key: value % FEW + 1 if key.endswith("_id") else value for key, value in case.path_parameters.items()}
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
