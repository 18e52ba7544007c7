"""What paramiko's errors mean for a device."""

import struct

from paramiko.ssh_exception import AuthenticationException

from device_drivers.errors import ConnectionLost, DeviceError, LoginRefused, Silent

# What a device's bytes may provoke in paramiko's thread, beyond the errors that are its own: a question that is no UTF-8, say.
BAD_BYTES = (ValueError, LookupError, struct.error)


def refusal(error: AuthenticationException) -> DeviceError:
    """Return what a failed sign-in means: paramiko says a missing answer in the same class as a refusal."""
    return as_device_error(error, "while signing in") if "timeout" in str(error).lower() else LoginRefused(str(error))


def as_device_error(error: Exception, doing: str) -> DeviceError:
    """Return Silent for an answer that did not come in time, ConnectionLost for everything else that SSH may raise."""
    late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    if late or "timeout" in str(error).lower() or "timed out" in str(error).lower():
        return Silent(asked=doing, waited_s=0.0)
    return ConnectionLost(f"{doing}: {error or type(error).__name__}")
