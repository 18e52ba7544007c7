"""What can stand in the way of a look besides the device itself, in the same words as the drivers' errors."""

from device_drivers.errors import DeviceError


class CredentialsUnreadable(DeviceError):
    """The stored password or key cannot be opened: it was never set, or the key outside the database is another one."""


class PasswordUnsettled(DeviceError):
    """A change of password broke off: the device may hold the old or the new one, and signing in blindly could lock the account."""


class SnmpExceptionOver(DeviceError):
    """SNMP version 1 or 2c was allowed for this device until a day that has passed: it is not asked any more."""


class DriverFault(DeviceError):
    """The program failed at what the device answered; the program's log has more."""
