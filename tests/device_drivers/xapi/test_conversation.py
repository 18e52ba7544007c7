"""One speaker at a time: commands go before listening, and what a codec says by itself ends the listening."""

import queue
import threading
import time

import pytest

from device_drivers.errors import ConnectionLost, Silent
from device_drivers.transports.ssh import Deadlines
from device_drivers.xapi.conversation import Conversation, TerminalReader

EVENT = b"*e PresentationPreviewStarted Cause: userRequested\r\n** end\r\n"


class Line:
    """A shell whose device says what a test puts into it."""

    def __init__(self) -> None:
        self.deadlines = Deadlines(silence_s=2, reply_s=2)
        self.said: queue.Queue[bytes] = queue.Queue()
        self.sent: list[bytes] = []
        self.receiving = threading.Event()
        self.said.put(b"OK\r\n")
        self.said.put(b"OK\r\n")

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def receive(self, *, asked: str, until: float) -> bytes:
        self.receiving.set()
        try:
            data = self.said.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise Silent(asked=asked, waited_s=0) from None
        if not data:
            raise ConnectionLost("closed")
        return data


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def talk(line) -> Conversation:
    return Conversation(line, TerminalReader(), mode="terminal")  # type: ignore[arg-type]


def command(result_id: str) -> bytes:
    return f'xStatus Call | resultId="{result_id}"\n'.encode()


def test_listening_ends_with_the_first_event(line, talk):
    line.said.put(EVENT)
    started = time.monotonic()

    talk.listen(30)

    assert time.monotonic() - started < 10
    assert len(talk.events()) == 1
    assert talk.events() == []


def test_an_event_that_is_there_already_is_not_waited_for(line, talk):
    line.said.put(EVENT)
    talk.listen(5)
    line.receiving.clear()

    talk.listen(30)

    assert not line.receiving.is_set()


def test_a_command_need_not_wait_until_the_listening_is_over(line, talk):
    listening = threading.Thread(target=talk.listen, args=(20,))
    line.receiving.clear()
    listening.start()
    assert line.receiving.wait(5)
    started = time.monotonic()

    asking = threading.Thread(target=talk.ask, args=(command,), kwargs={"asked": "it"})
    asking.start()
    while command("r1") not in line.sent:
        assert time.monotonic() - started < 10
        line.receiving.wait(0.01)

    line.said.put(b'** resultId: "r1"\r\n** end\r\n')
    asking.join(5)
    line.said.put(EVENT)
    listening.join(5)
    assert not asking.is_alive() and not listening.is_alive()


def test_whoever_listens_gives_way_to_whoever_waits_to_ask(talk, eventually):
    turns, order = talk._turns, []

    def ask() -> None:
        with turns.asking():
            order.append("ask")

    def listen() -> None:
        with turns.listening():
            order.append("listen")

    for _ in range(50):
        order.clear()
        with turns.asking():
            listener = threading.Thread(target=listen)
            listener.start()
            asker = threading.Thread(target=ask)
            asker.start()
            eventually(lambda: turns._waiting == 1)
        listener.join(5)
        asker.join(5)
        assert order == ["ask", "listen"]


def test_a_reply_that_nobody_waits_for_any_more_is_no_event(line, talk):
    line.said.put(b'*s Call 3 Status: Connected\r\n** resultId: "r9"\r\n** end\r\n')

    talk.listen(0.2)

    assert talk.events() == []


def test_an_event_between_a_question_and_its_answer_is_kept(line, talk):
    line.said.put(EVENT + b'** resultId: "r1"\r\n** end\r\n')

    assert talk.ask(command, asked="it").result_id == "r1"

    assert len(talk.events()) == 1


def test_an_error_in_making_the_command_leaves_the_turn_to_others(line, talk):
    def unsafe(result_id: str) -> bytes:
        raise ValueError("unsafe")

    with pytest.raises(ValueError, match="unsafe"):
        talk.ask(unsafe, asked="it")
    line.said.put(b'** resultId: "r2"\r\n** end\r\n')

    assert talk.ask(command, asked="it").result_id == "r2"
