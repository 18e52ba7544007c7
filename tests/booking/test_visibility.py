"""Who sees how much of a conference: one table, kind of viewer by classification."""

import dataclasses

import pytest
from builders import a_person, a_profile, a_span, fresh

from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import conference_by_id
from roomctl.booking.visibility import NOBODY, Busy, CodeName, Facts, Full, Viewer, view
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification

ORDINARY, INTERNAL, CONFIDENTIAL = Classification.ORDINARY, Classification.INTERNAL, Classification.CONFIDENTIAL
HOST, TAKING_PART, ELSEWHERE = 1, 2, 3

VIEWERS = {
    "the organizer": Viewer(user_id=10, unit_id=HOST),
    "the chair": Viewer(user_id=20, unit_id=HOST),
    "an approver who decides": Viewer(user_id=30, unit_id=TAKING_PART, decides_for={TAKING_PART}),
    "an approver of another unit": Viewer(user_id=31, unit_id=ELSEWHERE, decides_for={ELSEWHERE}),
    "a colleague taking part": Viewer(user_id=40, unit_id=TAKING_PART),
    "an officer taking part": Viewer(user_id=50, unit_id=HOST, audits=True),
    "an officer elsewhere": Viewer(user_id=51, unit_id=ELSEWHERE, audits=True),
    "a stranger": Viewer(user_id=60, unit_id=ELSEWHERE),
    "nobody": NOBODY,
}
#                                ordinary  internal  confidential
SEEN = {
    "the organizer":               (Full,     Full,     Full),
    "the chair":                   (Full,     Full,     Full),
    "an approver who decides":     (Full,     Full,     Full),
    "an approver of another unit": (Busy,     Busy,     Busy),
    "a colleague taking part":     (Full,     Busy,     Busy),
    "an officer taking part":      (Full,     CodeName, CodeName),
    "an officer elsewhere":        (CodeName, CodeName, CodeName),
    "a stranger":                  (Busy,     Busy,     Busy),
    "nobody":                      (Busy,     Busy,     Busy),
}


def facts(classification: Classification) -> Facts:
    full = Full(conference_id=7, occurrence_id=8, span=a_span(), title="Giao ban tuần", classification=classification, chair="Chủ trì",
                organizer="Văn thư", on_behalf_of="", attendees="Toàn thể", contact="An · 0900", sites=("Hội trường", "Phòng 2"))
    return Facts(full=full, code_name="HN-7", organizer_id=10, chair_id=20, unit_ids={HOST, TAKING_PART},
                 deciding_unit_ids={HOST, TAKING_PART})


@pytest.mark.parametrize("who", VIEWERS)
@pytest.mark.parametrize(("column", "classification"), [(0, ORDINARY), (1, INTERNAL), (2, CONFIDENTIAL)])
def test_each_kind_of_viewer_sees_what_the_table_says(who, column, classification):
    assert type(view(facts(classification), VIEWERS[who])) is SEEN[who][column]


@pytest.mark.parametrize("classification", [Classification.SECRET, Classification.TOP_SECRET])
@pytest.mark.parametrize("who", VIEWERS)
def test_what_is_higher_than_confidential_is_seen_by_no_more_people(who, classification):
    assert type(view(facts(classification), VIEWERS[who])) is SEEN[who][2]


def test_busy_holds_the_time_and_nothing_more():
    assert [field.name for field in dataclasses.fields(Busy)] == ["span"]


def test_a_code_name_holds_no_title_no_people_and_no_sites():
    shown = view(facts(INTERNAL), VIEWERS["an officer elsewhere"])

    assert "Giao ban" not in repr(shown)
    assert {field.name for field in dataclasses.fields(CodeName)} & {"title", "chair", "organizer", "attendees", "sites"} == set()


def test_reading_a_title_from_what_is_busy_is_an_error_not_a_leak():
    with pytest.raises(AttributeError):
        _ = view(facts(INTERNAL), VIEWERS["a stranger"]).title


# The same through the storage, with people and their roles.


def seen_by(user, conference_id: int):
    return type(view(conference_by_id(conference_id).occurrences[0].facts(), viewer_of(fresh(user))))


WHO = ["clerk", "chair", "centre_approver", "province_approver", "other_approver", "stranger", "officer", "administrator", "technician"]


@pytest.mark.parametrize(("classification", "expected"), [
    (ORDINARY, [Full, Full, Full, Full, Busy, Busy, Full, Full, Full]),
    (INTERNAL, [Full, Full, Full, Full, Busy, Busy, CodeName, Busy, Busy]),
    (CONFIDENTIAL, [Full, Full, Full, Full, Busy, Busy, CodeName, Busy, Busy]),
])
def test_people_of_the_place_see_what_their_roles_let_them(place, classification, expected):
    words = {"title": "", "code_name": "Sông Hồng"} if classification.is_classified else {}
    conference_id = place.book(profile_id=a_profile(classification).id, **words)

    assert [seen_by(getattr(place, who), conference_id) for who in WHO] == expected


def test_a_revoked_officer_sees_no_code_name(place, set_clock):
    officer = a_person(place.other_province, Role.AUDITOR)
    conference_id = place.book(profile_id=a_profile(INTERNAL).id)
    assert seen_by(officer, conference_id) is CodeName

    directory.revoke_role(officer.grants[0].id, by=None)

    assert seen_by(officer, conference_id) is Busy
