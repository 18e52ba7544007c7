"""What can go wrong with a device.

DeviceError
├── Unreachable        no TCP connection: down, blocked, or a wrong address
├── Silent             connected, and no answer within the deadline
├── ConnectionLost     the connection ended in the middle
├── SshTooOld          the device's SSH has no algorithm this installation accepts
├── HostKeyUnknown     nobody has approved this device's host key yet
├── HostKeyChanged     the host key is not the approved one; no password was sent
├── LoginRefused       the device does not accept the account
├── SessionTableFull   the device has no free session
├── UnexpectedReply    the device answered something this driver does not know how to read
├── CommandRefused     the device understood and said no, with its reason
├── NoSnmpAnswer       nothing came back over SNMP: down, blocked, or a wrong community or privacy key
├── SnmpLoginRefused   the agent said what is wrong with the user, the keys or the level
├── SnmpNoAccess       the agent knows the user and shows it nothing: a view is missing
└── UnsafeValue        a value that must not reach a command line
"""

from device_drivers.readings import HostKey, Legacy, SshOffer


class DeviceError(Exception):
    """Base of all of them.  `kind` is a stable word for which a page has a sentence."""

    @property
    def kind(self) -> str:
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(self).__name__).lstrip("_")


class Unreachable(DeviceError):
    pass


class Silent(DeviceError):
    def __init__(self, *, asked: str, waited_s: float) -> None:
        super().__init__(f"no answer to {asked!r} within {waited_s:.1f} s")
        self.asked, self.waited_s = asked, waited_s


class ConnectionLost(DeviceError):
    pass


class SshTooOld(DeviceError):
    """`offered` is what the device offers; `would_help` is what could be allowed to let it in, None when nothing could."""

    def __init__(self, *, why: str, offered: SshOffer, allowed: Legacy) -> None:
        lists = {"key exchange": offered.key_exchange, "host key": offered.host_keys, "cipher": offered.ciphers_from_device,
                 "mac": offered.macs_from_device}
        told = "; ".join(f"{name} {', '.join(names)[:600] or 'none'}" for name, names in lists.items())
        super().__init__(f"{why}; the device offers {told if offered.key_exchange else offered.banner}")
        self.offered, self.allowed = offered, allowed
        order = list(Legacy)
        self.would_help = offered.needs if offered.needs and order.index(offered.needs) > order.index(allowed) else None


class HostKeyUnknown(DeviceError):
    def __init__(self, *, seen: HostKey) -> None:
        super().__init__(f"host key {seen.fingerprint} is not approved")
        self.seen = seen


class HostKeyChanged(DeviceError):
    def __init__(self, *, pinned: str, seen: HostKey) -> None:
        super().__init__(f"host key is {seen.fingerprint}, approved is {pinned}")
        self.pinned, self.seen = pinned, seen


class LoginRefused(DeviceError):
    pass


class SessionTableFull(DeviceError):
    pass


class UnexpectedReply(DeviceError):
    def __init__(self, *, asked: str, got: str) -> None:
        super().__init__(f"{asked!r} was answered {got[:300]!r}")
        self.asked, self.got = asked, got


class CommandRefused(DeviceError):
    def __init__(self, *, asked: str, reason: str) -> None:
        super().__init__(f"{asked!r} was refused: {reason}")
        self.asked, self.reason = asked, reason


class NoSnmpAnswer(DeviceError):
    pass


class SnmpLoginRefused(DeviceError):
    """`report` is the agent's own word: unknownUserNames, wrongDigests, decryptionErrors, unsupportedSecLevels, ..."""

    def __init__(self, *, report: str, hint: str = "") -> None:
        super().__init__(f"{report}{': ' + hint if hint else ''}")
        self.report, self.hint = report, hint


class SnmpNoAccess(DeviceError):
    pass


class UnsafeValue(DeviceError):
    def __init__(self, value: str) -> None:
        super().__init__(f"{value!r} must not reach a device's command line")
        self.value = value
