"""What the kernel says of its own clock: adjtimex(2), asked and never set; no program is run.

The kernel counts its clock as unsynchronised (STA_UNSYNC) until a time service steers it, and again when that has been
silent for long; see adjtimex(2) and <sys/timex.h>.
"""

import ctypes
import ctypes.util
from dataclasses import dataclass

from roomctl.text import clean_line

STA_UNSYNC = 0x0040
TIME_ERROR = 5


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """`struct timex` as Linux has it on 64-bit machines; the room behind its fields is part of it."""

    _fields_ = (
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long),
        ("status", ctypes.c_int), ("constant", ctypes.c_long), ("precision", ctypes.c_long), ("tolerance", ctypes.c_long), ("time", _Timeval),
        ("tick", ctypes.c_long), ("ppsfreq", ctypes.c_long), ("jitter", ctypes.c_long), ("shift", ctypes.c_int), ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long), ("calcnt", ctypes.c_long), ("errcnt", ctypes.c_long), ("stbcnt", ctypes.c_long), ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


@dataclass(frozen=True, slots=True)
class KernelClock:
    """Whether a time service steers the kernel's clock (None: the kernel cannot be asked), and the kernel's bound on its error in ms."""

    synchronised: bool | None
    error_ms: int | None = None
    why: str = ""


def ask_kernel() -> KernelClock:
    """Ask the kernel about its clock; where that cannot be asked it is unknown, never trusted."""
    library = ctypes.util.find_library("c")
    if ctypes.sizeof(ctypes.c_long) != 8 or library is None:
        return KernelClock(None, why="not 64-bit Linux")
    try:
        libc = ctypes.CDLL(library, use_errno=True)
        told = _Timex(modes=0)
        state = libc.adjtimex(ctypes.byref(told))
    except (OSError, AttributeError) as error:
        return KernelClock(None, why=clean_line(str(error), longest=80))
    if state < 0:
        return KernelClock(None, why=f"errno {ctypes.get_errno()}")
    return KernelClock(state != TIME_ERROR and not told.status & STA_UNSYNC, error_ms=told.maxerror // 1000)
