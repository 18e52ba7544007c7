"""What the record for people says, drawn from a bundle."""

import json
from datetime import timedelta

import pytest
from builders import NOW

from roomctl.audit import verify
from roomctl.audit.trail import iso
from roomctl.sessions import record_sheet
from roomctl.sessions.verdict import Verdict


def at(minute: float) -> str:
    return iso(NOW + timedelta(minutes=minute))


def a_leg(number: int, **facts) -> dict:
    return {"leg": number, "room": f"Phòng {number}", "unit": f"Tỉnh {number}", "host": number == 1, "state": "hung_up", "verdict": "secure",
            "grade": "A", "suite": "Aes-128", "finding": "", "detail": "", **facts}


def an_entry(kind: str, minute: float, **payload) -> dict:
    return {"seq": 0, "header": json.dumps({"kind": kind, "at": at(minute)}), "head": "", "payload": json.dumps(payload)}


def a_bundle(*legs: dict, entries=(), gaps=(), overrides=(), verdict: str = "secure", live: bool = True) -> dict:
    told = [an_entry(kind, minute, leg=leg["leg"]) for leg in legs for kind, minute in (("leg_connected", 0), ("leg_proven", 0.5),
                                                                                        ("leg_hung_up", 60))]
    summary = {"session": 7, "number": 1, "verdict": verdict, "started_at": at(0), "live_at": at(1) if live else None, "ended_at": at(60),
               "legs": list(legs), "gaps": list(gaps), "overrides": list(overrides)}
    body = json.dumps({"epoch": "e", "size": 30, "head": "ab" * 32, "at": at(60)})
    return {"session": json.dumps(summary), "entries": [*told, *entries], "start": {"size": 10, "head": ""}, "checks": ['{"what":"check"}', "{}"],
            "checkpoints": [{"body": body, "key": "cd" * 32, "signature": ""}]}


def of(*legs: dict, **facts) -> record_sheet.Sheet:
    return record_sheet.sheet_of(a_bundle(*legs, **facts), b"zip")


def test_each_site_has_its_stay_and_its_verdict():
    sheet = of(a_leg(1), a_leg(2))

    assert [(site.room, site.took_part, site.verdict, len(site.stays)) for site in sheet.sites] == [
        ("Phòng 1", True, Verdict.SECURE, 1), ("Phòng 2", True, Verdict.SECURE, 1)]
    assert (sheet.count(Verdict.SECURE), sheet.count("not_secure"), sheet.absent, sheet.unproven) == (2, 0, 0, [])


def test_the_worst_stands_first_then_the_host_then_vietnamese_order():
    legs = [a_leg(1), a_leg(2, unit="Đắk Lắk"), a_leg(3, unit="Cà Mau"), a_leg(4), a_leg(5)]

    sheet = of(*legs, entries=[an_entry("leg_not_proven", 5, leg=4, finding="call_clear"), an_entry("gap", 6, leg=5)])

    assert [site.device["leg"] for site in sheet.sites] == [4, 5, 1, 3, 2]


def test_a_site_that_recovered_is_still_told_of_as_it_was():
    sheet = of(a_leg(1), a_leg(2), entries=[an_entry("leg_not_proven", 5, leg=2, finding="call_clear")], verdict="not_secure")

    assert [(site.room, site.verdict) for site in sheet.unproven] == [("Phòng 2", Verdict.NOT_SECURE)]


def test_a_site_that_was_in_and_never_read_keeps_the_record_from_saying_secure():
    bundle = a_bundle(a_leg(1), a_leg(2))
    bundle["entries"] = [one for one in bundle["entries"] if not ("leg_proven" in one["header"] and '"leg": 2' in one["payload"])]

    sheet = record_sheet.sheet_of(bundle, b"zip")

    assert (sheet.session["verdict"], sheet.verdict, [site.room for site in sheet.unproven]) == ("secure", Verdict.NOT_PROVEN, ["Phòng 2"])


def test_nobody_took_part_in_a_session_that_never_began():
    sheet = of(a_leg(1), a_leg(2), live=False, verdict="not_proven")

    assert (sheet.was_live, sheet.absent, sheet.unproven, sheet.length) == (False, 2, [], timedelta(0))


def test_gaps_and_overrides_name_their_rooms():
    sheet = of(a_leg(1), a_leg(2), gaps=[{"leg": 2, "begun_at": at(3), "ended_at": None, "reason": "silent"}],
               overrides=[{"override": 1, "leg": 1, "used_at": at(2)}])

    assert [(gap.room, gap.ended_at, gap.reason) for gap in sheet.gaps] == [("Phòng 2", None, "silent")]
    assert [one["room"] for one in sheet.overrides] == ["Phòng 1"]
    assert [(site.overridden, site.gaps) for site in sheet.sites] == [(True, 0), (False, 1)]


def test_what_it_was_drawn_from_can_be_found_again():
    sheet = of(a_leg(1), a_leg(2))

    assert (sheet.entries, sheet.checks, sheet.digest) == ((11, 16), 1, verify.sha256(b"zip"))
    assert sheet.sealed["size"] == 30 and sheet.sheet_text == f"{verify.SHEET}:e:30:{'ab' * 32}:{'cd' * 32}"


def test_of_very_many_sites_those_are_listed_of_which_there_is_something_to_say():
    legs = [a_leg(number) for number in range(1, record_sheet.MOST_SITES + 11)]

    sheet = of(*legs, entries=[an_entry("leg_not_proven", 5, leg=4, finding="call_clear"), an_entry("gap", 6, leg=5)])

    assert [site.device["leg"] for site in sheet.listed] == [4, 5]
    assert len(sheet.sites) == record_sheet.MOST_SITES + 10


@pytest.mark.parametrize("bundle", [{}, {"session": "{"}, {"session": "null", "entries": [], "checkpoints": []}])
def test_what_cannot_be_read_is_an_error_and_no_empty_sheet(bundle):
    with pytest.raises((ValueError, KeyError, TypeError)):
        record_sheet.sheet_of(bundle, b"")
