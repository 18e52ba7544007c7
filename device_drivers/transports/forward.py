"""A channel over SSH to a socket that only the device itself can reach; the device's shell is never opened.

Room PCs offer their softphone's control socket so: it has no password of its own and must not be on the network.
"""

import ipaddress

import paramiko
from paramiko.ssh_exception import ChannelException, SSHException

from device_drivers.errors import DeviceError, LoginRefused, SessionTableFull, Unreachable
from device_drivers.readings import Legacy
from device_drivers.transports.ssh import Deadlines, Login, SshShell, as_device_error, open_channel

CONTROL_PORT = 4444


def control_socket_of(host: str) -> tuple[str, int]:
    """Return where a room PC's control socket is, seen from itself: on its loopback address.

    A room that is itself reached at a loopback address is one of several on this machine, and has its socket there.
    """
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    return (host if is_here else "127.0.0.1", CONTROL_PORT)


def open_forward(host: str, port: int, login: Login, *, pinned: str | None, deadlines: Deadlines | None = None,
                 legacy: Legacy = Legacy.NONE, remote: tuple[str, int] | None = None) -> SshShell:
    """Connect, compare the host key with `pinned`, sign in and have a channel forwarded to `remote` (default: its control socket).

    Raises SessionTableFull when the device has no channel left, LoginRefused when the account may not forward there, and
    Unreachable when nothing listens there.
    """
    wanted = remote or control_socket_of(host)

    def forwarded(transport: paramiko.Transport, deadlines: Deadlines) -> paramiko.Channel:
        try:
            return transport.open_channel("direct-tcpip", wanted, ("127.0.0.1", 0), timeout=deadlines.login_s)
        except ChannelException as error:
            raise _why(error, wanted) from error
        except (SSHException, EOFError, OSError) as error:
            raise as_device_error(error, f"while reaching {wanted[0]}:{wanted[1]}") from error

    return open_channel(host, port, login, forwarded, pinned=pinned, deadlines=deadlines, legacy=legacy)


def _why(error: ChannelException, remote: tuple[str, int]) -> DeviceError:
    if error.code == paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED:
        return LoginRefused(f"this account may not be forwarded to {remote[0]}:{remote[1]}")
    if error.code == paramiko.OPEN_FAILED_CONNECT_FAILED:
        return Unreachable(f"SSH answers, and nothing listens at {remote[0]}:{remote[1]} of the device: its softphone is not running")
    return SessionTableFull(str(error))
