"""Cases from reports of others, at the level of SSH: questions at the sign-in, and a host key that changed."""

import re
from dataclasses import dataclass, field

import paramiko
import pytest

from device_drivers.errors import HostKeyChanged, LoginRefused
from device_drivers.simulators import server
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Login, look_at_host_key, open_shell

ROUNDS = list[list[str]]


@dataclass
class Questioner:
    """A simulated codec that asks round after round of questions, and what it was answered."""

    simulator: server.SimulatedDevice
    answered: list[list[str]] = field(default_factory=list)
    opened: int = 0  # Sign-ins by questions that were begun.

    def sign_in(self, password: str | None = None):
        return open_shell(self.simulator.host, self.simulator.port, Login(self.simulator.username, password or self.simulator.password),
                          pinned=self.simulator.fingerprint)


@pytest.fixture
def asking(office, monkeypatch):
    """Return a function that makes a codec ask the given rounds of questions and let in whoever answered all with the password."""

    def start(rounds: ROUNDS) -> Questioner:
        made = Questioner(office.codec(bad=BadDay(interactive_prompts=0)))
        waiting: list[list[str]] = []

        def next_round() -> paramiko.InteractiveQuery:
            return paramiko.InteractiveQuery("", "", *[(question, False) for question in waiting.pop(0)])

        def begin(gate, username, submethods):
            made.opened += 1
            waiting[:] = [list(questions) for questions in rounds]
            return next_round()

        def answer(gate, responses):
            made.answered.append(list(responses))
            if any(given != made.simulator.password for given in responses):
                return paramiko.AUTH_FAILED
            return next_round() if waiting else paramiko.AUTH_SUCCESSFUL

        monkeypatch.setattr(server._Gate, "check_auth_interactive", begin)
        monkeypatch.setattr(server._Gate, "check_auth_interactive_response", answer)
        return made

    return start


# Case 13: only keyboard-interactive


@pytest.mark.parametrize(("rounds", "answers"), [
    ([[]], 0), ([["Password: "]], 1), ([["Mật khẩu: "]], 1), ([["Password: "], []], 1), ([[], ["Password: "]], 1), ([[], [], []], 0),
])
def test_case_13_no_question_or_one_is_answered_with_the_password(asking, rounds, answers):
    codec = asking(rounds)

    shell = codec.sign_in()

    assert shell.is_open
    assert [given for responses in codec.answered for given in responses] == [codec.simulator.password] * answers
    shell.close()


@pytest.mark.parametrize(("rounds", "told"), [
    ([["Password: "], ["Token: "]], "Token: "), ([["Password: "], ["Password: "]], "Password: "), ([["Password: "], [], ["Mã: "]], "Mã: "),
    ([["Password: ", "Token: "]], "Token: "),
])
def test_case_13_a_second_question_is_a_refused_login_that_quotes_it(asking, rounds, told):
    codec = asking(rounds)

    with pytest.raises(LoginRefused, match=re.escape(repr(told))):
        codec.sign_in()

    assert codec.opened == 1
    assert sum(len(responses) for responses in codec.answered) <= 1


def test_case_13_a_wrong_password_is_answered_once_and_never_tried_again(asking):
    codec = asking([["Password: "]])

    with pytest.raises(LoginRefused):
        codec.sign_in("wrong")

    assert (codec.opened, codec.answered) == (1, [["wrong"]])


def test_case_13_openssh_that_takes_only_answers_lets_us_in(sshd, account):
    running = sshd("ForceCommand sleep 5", f"AllowUsers {account.username}", questions=True)

    shell = open_shell("127.0.0.1", running.port, account, pinned=running.fingerprint)
    shell.close()

    assert "Accepted keyboard-interactive" in running.log


def test_case_13_openssh_that_takes_only_answers_is_given_a_wrong_one_once(sshd, account):
    running = sshd(f"AllowUsers {account.username}", questions=True)

    with pytest.raises(LoginRefused):
        open_shell("127.0.0.1", running.port, Login(account.username, "wrong"), pinned=running.fingerprint)

    assert len(re.findall("trying authentication method 'pam'", running.log)) == 1


# Case 15: a new host key at the same address


def test_case_15_a_key_that_changed_is_refused_with_both_fingerprints_and_no_password(office, sign_ins):
    simulator = office.codec()
    approved = simulator.fingerprint
    simulator.new_host_key()

    for _ in range(3):  # Seen once is not approved: it is refused again.
        with pytest.raises(HostKeyChanged) as refusal:
            open_shell(simulator.host, simulator.port, Login(simulator.username, simulator.password), pinned=approved)
        assert (refusal.value.pinned, refusal.value.seen.fingerprint) == (approved, simulator.fingerprint)
        assert approved in str(refusal.value) and simulator.fingerprint in str(refusal.value)

    assert sign_ins == []


def test_case_15_the_new_key_is_taken_once_a_person_approved_it(office, sign_ins):
    simulator = office.codec()
    simulator.new_host_key()
    seen = look_at_host_key(simulator.host, simulator.port)

    shell = open_shell(simulator.host, simulator.port, Login(simulator.username, simulator.password), pinned=seen.fingerprint)

    assert shell.facts.host_key == seen
    assert sign_ins == [("password", simulator.password)]
    shell.close()


def test_case_15_another_kind_of_key_at_the_same_address_is_a_changed_key(sshd, eventually):
    former = sshd(key_type="rsa")
    former.stop()
    changed = sshd(key_type="ed25519", port=former.port)

    with pytest.raises(HostKeyChanged) as refusal:
        open_shell("127.0.0.1", former.port, Login("roomctl", "geheim"), pinned=former.fingerprint)

    assert (refusal.value.pinned, refusal.value.seen.fingerprint) == (former.fingerprint, changed.fingerprint)
    assert (refusal.value.seen.algorithm, changed.port) == ("ssh-ed25519", former.port)
    eventually(lambda: changed.has_seen_somebody_leave)
    assert not changed.was_asked_to_let_somebody_in
