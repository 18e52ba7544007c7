"""Invitations over the API."""

from builders import a_profile

from roomctl.security_profiles.profile import Classification

PEOPLE = "/invitations/conferences/1/people"


def test_somebody_is_invited_answers_and_is_taken_off_again(place, program, wanted):
    clerk, guest = program(place.clerk), program(place.stranger)
    clerk("POST", "/conferences", json=wanted(profile=a_profile(Classification.INTERNAL).key))

    invited = clerk("POST", PEOPLE, json={"people": [place.stranger.username]})
    mine = guest("GET", "/invitations").json["items"]
    answered = guest("POST", "/invitations/conferences/1/answer", json={"answer": "declined", "note": "Bận họp"})
    told = clerk("GET", PEOPLE).json["items"]
    left = clerk("POST", f"{PEOPLE}/{place.stranger.id}/withdrawal")

    assert [(one["id"], one["answer"]) for one in invited.json["items"]] == [(place.stranger.id, "")]
    assert [(one["conference"]["title"], one["dates"]) for one in mine] == [("Giao ban tuần", 1)]
    assert answered.json["items"][0]["answer"] == "declined"
    assert [(one["answer"], one["note"]) for one in told] == [("declined", "Bận họp")]
    assert (left.json["items"], guest("GET", "/conferences/1").status_code) == ([], 404)


def test_a_stranger_learns_of_no_restricted_conference_and_whoever_sees_one_may_not_invite(place, program, wanted, counted):
    program(place.clerk)("POST", "/conferences", json=wanted(profile=a_profile(Classification.INTERNAL).key))
    stranger, approver = program(place.stranger), program(place.province_approver)
    before = counted("trail_entries")

    unseen = [stranger("GET", PEOPLE), stranger("POST", PEOPLE, json={"people": [place.stranger.username]}),
              stranger("POST", "/invitations/conferences/1/answer", json={"answer": "accepted"}), stranger("POST", f"{PEOPLE}/1/withdrawal")]
    seen = [approver("GET", PEOPLE), approver("POST", "/invitations/conferences/1/answer", json={"answer": "accepted"})]

    assert [answer.status_code for answer in unseen + seen] == [404, 404, 404, 404, 403, 403]
    assert counted("trail_entries") == before + 2


def test_what_cannot_be_invited_or_answered_says_why(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted())

    unknown = clerk("POST", PEOPLE, json={"people": [place.stranger.username, "nobody\0"]})
    odd = clerk("POST", "/invitations/conferences/1/answer", json={"answer": "perhaps"})
    clerk("POST", "/conferences/1/cancellation", json={})
    late = clerk("POST", PEOPLE, json={"people": [place.stranger.username]})

    assert [(one["field"], one["reason"]) for one in unknown.json["errors"]] == [("people", "unknown_person")]
    assert (odd.status_code, odd.json["errors"][0]["field"]) == (422, "answer")
    assert (late.status_code, late.json["reason"]) == (409, "already_cancelled")
