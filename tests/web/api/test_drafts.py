"""Saved forms over the API."""

import pytest
from builders import a_person

from roomctl.booking.saved_forms import save_form
from roomctl.organisation.roles import Role


@pytest.fixture
def saved(place):
    def save(**facts) -> int:
        return save_form("template", {"title": ["Giao ban"], "profile": [str(place.profile.id)], "rooms": ["1", "2"]}, by=place.clerk,
                         name="Giao ban", **facts)

    return save


def test_ones_own_are_listed_read_and_deleted(place, program, saved):
    form_id, clerk = saved(), program(place.clerk)

    listed = clerk("GET", "/drafts").json["items"]
    read = clerk("GET", f"/drafts/{form_id}").json
    left = clerk("POST", f"/drafts/{form_id}/deletion").json

    assert [(one["kind"], one["name"], one["own"], one["shared"]) for one in listed] == [("template", "Giao ban", True, False)]
    assert (read["fields"]["title"], read["fields"]["rooms"], left) == (["Giao ban"], ["1", "2"], {"items": []})


def test_a_shared_one_is_read_by_ones_unit_and_deleted_by_its_owner_only(place, program, saved):
    form_id, colleague, stranger = saved(shared=True), program(a_person(place.centre, Role.STAFF)), program(place.stranger)

    answers = [colleague("GET", f"/drafts/{form_id}"), colleague("POST", f"/drafts/{form_id}/deletion"), stranger("GET", f"/drafts/{form_id}")]

    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert stranger("GET", "/drafts").json == {"items": []}
