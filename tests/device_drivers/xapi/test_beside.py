"""Questions beside the status: a refusal is unknown, and silence costs its deadline once."""

import pytest

from device_drivers.errors import CommandRefused, ConnectionLost, Silent, UnexpectedReply
from device_drivers.xapi.beside import Beside


class Device:
    """Answers each path with its name, or raises what a test wants; `asked` is what it was asked."""

    def __init__(self, **wrong: Exception) -> None:
        self.wrong = wrong
        self.asked: list[str] = []

    def __call__(self, path: str) -> str:
        self.asked.append(path)
        if path in self.wrong:
            raise self.wrong[path]
        return path.upper()


def silence() -> Silent:
    return Silent(asked="x", waited_s=0.1)


def test_an_answer_is_handed_on():
    assert Beside(Device()).look()("volume") == "VOLUME"


@pytest.mark.parametrize("wrong", [CommandRefused(asked="x", reason="No match"), UnexpectedReply(asked="x", got="?")])
def test_what_is_refused_or_unreadable_is_unknown_and_asked_again_at_the_next_look(wrong):
    device = Device(volume=wrong)
    beside = Beside(device)

    assert [beside.look()("volume"), beside.look()("volume")] == [None, None]
    assert device.asked == ["volume", "volume"]


def test_what_met_silence_is_not_asked_again_and_the_rest_is():
    device = Device(volume=silence())
    beside = Beside(device)
    first = beside.look()

    assert [first("volume"), first("standby")] == [None, "STANDBY"]
    second = beside.look()
    assert [second("volume"), second("standby")] == [None, "STANDBY"]
    assert device.asked == ["volume", "standby", "standby"]


def test_two_silences_in_a_row_end_the_look_and_only_that_look():
    device = Device(a=silence(), b=silence())
    beside = Beside(device)
    first = beside.look()

    assert [first(path) for path in "abcd"] == [None] * 4
    second = beside.look()
    assert [second(path) for path in "abcd"] == [None, None, "C", "D"]
    assert device.asked == ["a", "b", "c", "d"]


@pytest.mark.parametrize("between", [{}, {"b": CommandRefused(asked="x", reason="No match")}])
def test_silences_with_an_answer_between_them_end_nothing(between):
    device = Device(a=silence(), c=silence(), **between)
    ask = Beside(device).look()

    answers = [ask(path) for path in "abcd"]

    assert answers[3] == "D"
    assert device.asked == list("abcd")


def test_a_lost_connection_is_not_hidden():
    with pytest.raises(ConnectionLost):
        Beside(Device(volume=ConnectionLost("gone"))).look()("volume")
