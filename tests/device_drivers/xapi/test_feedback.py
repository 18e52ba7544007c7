"""What a codec is asked to report by itself, and what it reported.  The ghost is of jsxapi's test data."""

import pytest

from device_drivers.errors import UnsafeValue
from device_drivers.xapi import feedback
from device_drivers.xapi.terminal import PATH, Leaf, Reply


def test_the_minimal_set_is_allowed_and_within_the_limit():
    assert feedback.checked(feedback.MINIMAL) == feedback.MINIMAL
    assert len(feedback.MINIMAL) <= feedback.MOST


def test_an_expression_is_asked_for_once():
    assert feedback.checked(["/Status/Call", "/status/call".replace("s", "S", 1), "/Status/Call/"[:-1]]) == ("/Status/Call",)


@pytest.mark.parametrize("path", ["/Status", "/Status/", "Status/Call", "/Status/Call\n", "/Status/Call | x", '/Status/"', "/Document/Call", "",
                                  "/Status//Call", "/Status/Call/ghost=1"])
def test_a_whole_tree_and_what_is_no_expression_is_never_asked_for(path):
    with pytest.raises(UnsafeValue):
        feedback.checked([path])


def test_more_expressions_than_a_session_takes_are_refused():
    paths = [f"/Status/Call{number}" for number in range(feedback.MOST + 1)]

    assert len(feedback.checked(paths[:-1])) == feedback.MOST
    with pytest.raises(UnsafeValue, match="38"):
        feedback.checked(paths)


def test_a_list_of_lines_is_read_in_any_case():
    reply = Reply(leaves=(Leaf(PATH, (), "/Status/Call"), Leaf(PATH, (), "/event/userinterface"), Leaf("*s", ("Audio",), "x")))

    assert feedback.listed(reply) == {"/status/call", "/event/userinterface"}


def test_a_list_in_json_is_read_wherever_it_stands():
    assert feedback.listed({"Feedback": {"Expression": ["/Status/Call", {"Value": "/Event/Shutdown"}]}, "ResultId": "r1"}) == {
        "/status/call", "/event/shutdown"}


def test_a_reply_without_a_list_does_not_say_that_nothing_is_registered():
    assert feedback.listed({"ResultId": "r1"}) is None


CALL = {"Status": {"Call": [{"id": "2", "Status": {"Value": "Connected"}}]}}
GHOST = {"Status": {"Call": [{"id": "2", "ghost": "True"}]}}


@pytest.mark.parametrize(("path", "answer"), [
    ("/Status/Call", True), ("/Status", True), ("/Status/Call/Status", True), ("/Status/Audio", False), ("/Event/Call", False),
])
def test_an_event_is_about_what_it_holds(path, answer):
    assert feedback.touches(CALL, path) is answer


@pytest.mark.parametrize(("event", "gone"), [
    (GHOST, ("2",)), (CALL, ()), ({"Status": {"Call": GHOST["Status"]["Call"][0]}}, ("2",)), ({"Status": "x"}, ()), ({"Event": {}}, ()),
])
def test_a_ghost_is_a_call_that_ended(event, gone):
    assert feedback.ended_calls(event) == gone
