"""Counters of two polls as a rate.  Pure.

A rate is None rather than wrong: when the device restarted, when the counter was set anew, when so much time passed that 32 bits may
have gone round unseen, and when the result is more than the link can carry.
"""

from dataclasses import replace

from device_drivers.readings import Tri
from device_drivers.snmp import uptime, values
from device_drivers.snmp.asking import Answers, Value

_JITTER = 1.05  # A poll is never timed to the millisecond; a full link must not be called impossible for that.


def counters_go_on(answers: Answers, earlier: Answers | None) -> bool:
    """True when the agent's own uptime did not fall since the earlier poll other than by going round: its counters then went on."""
    if earlier is None or answers.at_s <= earlier.at_s:
        return False
    return uptime.judge(_agent_only(answers), _agent_only(earlier)).rebooted is Tri.NO


def _agent_only(poll: Answers) -> Answers:
    """Return a poll without the host's uptime, which goes on when only the agent starts anew."""
    kept = (uptime.SYS_UPTIME, uptime.ENGINE_BOOTS, uptime.ENGINE_TIME)
    has_own = uptime.SYS_UPTIME in poll.values
    return replace(poll, values={name: poll.values[name] for name in kept if name in poll.values}) if has_own else poll


def per_second_32(new: Value | None, old: Value | None, elapsed_s: float, most: float | None) -> float | None:
    """Return how fast a 32-bit counter ran, in its own unit a second.  `most` is what the link carries; unknown, nothing can be told."""
    now, before = values.unsigned_32(new), values.unsigned_32(old)
    if now is None or before is None or not most or most <= 0 or elapsed_s <= 0:
        return None
    if elapsed_s * most >= values.WRAP_32:
        return None  # It could have gone round more than once.
    return _possible((now - before) % values.WRAP_32 / elapsed_s, most)


def per_second_64(new: Value | None, old: Value | None, elapsed_s: float, most: float | None) -> float | None:
    """Return how fast a 64-bit counter ran; it does not go round in the life of a device, so one that fell was set anew."""
    now, before = values.unsigned_64(new), values.unsigned_64(old)
    if now is None or before is None or now < before or elapsed_s <= 0:
        return None
    return _possible((now - before) / elapsed_s, most)


def _possible(rate: float, most: float | None) -> float | None:
    return None if most and rate > most * _JITTER else rate
