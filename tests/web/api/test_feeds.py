"""Calendar feeds over the API."""

import pytest


def test_an_address_is_made_works_and_is_revoked(app, place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted())

    made = clerk("POST", "/feeds", json={"subject": f"room:{place.hall.id}"})
    path = made.json["address"].removeprefix("http://localhost")
    opened = app.test_client().get(path)
    (feed,) = clerk("GET", "/feeds").json["items"]
    left = clerk("POST", f"/feeds/{feed['id']}/revocation")

    assert (made.status_code, "Giao ban tuần" in opened.text, feed["name"]) == (201, True, "Hội trường – Trung ương")
    assert path.rpartition("/")[2] not in clerk("GET", "/feeds").text
    assert (left.json, app.test_client().get(path).status_code) == ({"items": []}, 404)


@pytest.mark.parametrize(("subject", "reason"), [("room:999", "unknown_choice"), ("room:0", "malformed"), ("everything", "malformed"),
                                                 ("", "malformed")])
def test_what_is_not_there_gets_no_address(place, program, counted, subject, reason):
    answer = program(place.clerk)("POST", "/feeds", json={"subject": subject})

    assert (answer.status_code, [one["reason"] for one in answer.json["errors"]]) == (422, [reason])
    assert counted("calendar_feeds") == 0


def test_nobody_sees_or_revokes_the_address_of_another(place, program):
    program(place.clerk)("POST", "/feeds", json={"subject": "me"})
    stranger = program(place.stranger)

    assert (stranger("GET", "/feeds").json, stranger("POST", "/feeds/1/revocation").status_code) == ({"items": []}, 404)
