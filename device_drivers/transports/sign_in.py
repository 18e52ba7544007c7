"""How an account is let in over SSH, with one try: every failure counts towards a lock-out on the device."""

from dataclasses import dataclass

import paramiko
from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, SSHException

from device_drivers.errors import LoginRefused
from device_drivers.transports.paramiko_errors import as_device_error, refusal
from device_drivers.transports.private_key import private_key_in


@dataclass(frozen=True, slots=True)
class Login:
    """An account and its secret: a password, or the text of an OpenSSH private key without a passphrase."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.username!r}, password kept)"


def sign_in(transport: paramiko.Transport, login: Login) -> None:
    """Password first, then keyboard-interactive with the same password for a single question; a key, when the secret is one, alone.

    At most one try each: every failure counts towards a lock-out on the device.
    """
    key = private_key_in(login.password)
    try:
        if key is not None:
            transport.auth_publickey(login.username, key)
        else:
            transport.auth_password(login.username, login.password, fallback=False)
    except BadAuthenticationType as error:
        if key is not None:
            raise LoginRefused("the device takes no keys from this account") from error
        _answer_questions(transport, login)
    except AuthenticationException as error:
        raise refusal(error) from error
    except (SSHException, EOFError, OSError) as error:
        raise as_device_error(error, "while signing in") from error
    if not transport.is_authenticated():
        raise LoginRefused(f"the device wants more than the {'key' if key is not None else 'password'}")


def _answer_questions(transport: paramiko.Transport, login: Login) -> None:
    asked: list[str] = []

    def answer(_title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        asked.extend(prompt for prompt, _echo in prompts)
        if len(asked) > 1:
            raise LoginRefused(f"the device asks a question this driver cannot answer: {asked[-1]!r}")
        return [login.password] * len(prompts)

    try:
        transport.auth_interactive(login.username, answer)
    except AuthenticationException as error:
        raise refusal(error) from error
    except (SSHException, EOFError, OSError) as error:
        raise as_device_error(error, "while signing in") from error
