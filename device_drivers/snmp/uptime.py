"""How long a device has been up, and whether it restarted between two polls.  Pure.

sysUpTime and hrSystemUptime are 32 bits of 1/100 s and begin anew after 497 days, which is no restart.  What decides, in this order:
the host's own uptime going on, the SNMPv3 engine's count of starts, and the reckoning that the old value and the time between the
polls reach 2^32.  Where none of them can tell, nothing is claimed.
"""

from dataclasses import dataclass, replace

from device_drivers.readings import Measured, Tri
from device_drivers.snmp import measuring, values
from device_drivers.snmp.asking import Answers, Oid, oid

SYS_UPTIME = oid("1.3.6.1.2.1.1.3.0")
HOST_UPTIME = oid("1.3.6.1.2.1.25.1.1.0")
ENGINE_BOOTS = oid("1.3.6.1.6.3.10.2.1.2.0")
ENGINE_TIME = oid("1.3.6.1.6.3.10.2.1.3.0")
ASKED: tuple[Oid, ...] = (SYS_UPTIME, HOST_UPTIME, ENGINE_BOOTS, ENGINE_TIME)

_WRAPPED = "uptime_wraps:"  # A flag that carries from poll to poll how often the count is known to have begun anew.
_WRAP_S = values.WRAP_32 / 100
_SLACK = 2.05  # Of the time between two polls: twice, and 5 %.


@dataclass(frozen=True, slots=True)
class Uptime:
    """`seconds` is None when no count was answered; `at_least` when the count may have begun anew before anybody looked."""

    seconds: float | None
    rebooted: Tri
    at_least: bool
    wraps: int = 0


def judge(answers: Answers, earlier: Answers | None) -> Uptime:
    """Compare two polls.  Without an earlier one, or without a count in both, `rebooted` is unknown: never yes, never no."""
    rebooted, wrapped = _compared(answers, earlier)
    wraps = 0 if rebooted is Tri.YES else _known_wraps(earlier) + wrapped
    _boots, engine_s = _engine(answers)
    if engine_s is not None:
        return Uptime(float(engine_s), rebooted, at_least=False, wraps=wraps)
    count = _count(answers, SYS_UPTIME)
    if count is None:
        count = _count(answers, HOST_UPTIME)
    if count is None:
        return Uptime(None, rebooted, at_least=False, wraps=wraps)
    # A count of 32 bits says "this, or 497 days more, or twice that"; only a restart that was seen makes it exact.
    return Uptime(count + wraps * _WRAP_S, rebooted, at_least=rebooted is not Tri.YES, wraps=wraps)


def carried(answers: Answers, earlier: Answers | None) -> Answers:
    """Return the answers with what must not be forgotten: keep this, not the bare answers, as the earlier poll of the next one."""
    wraps = judge(answers, earlier).wraps
    flags = frozenset(flag for flag in answers.flags if not flag.startswith(_WRAPPED))
    return replace(answers, flags=flags | {f"{_WRAPPED}{wraps}"} if wraps else flags)


def readings(answers: Answers, earlier: Answers | None) -> list[Measured]:
    """Return the readings "uptime" (s) and "rebooted" ("yes", "no"); neither makes a device ill, and unknown is no alert."""
    found = judge(answers, earlier)
    told = [answers.engine_boots, answers.engine_time_s, *(answers.values.get(name) for name in ASKED)]
    sent = " / ".join(values.as_sent(value) for value in told if value is not None)
    mark = measuring.UNANSWERED if found.seconds is None else measuring.AT_LEAST if found.at_least else ""
    return [Measured("uptime", found.seconds, "s", raw=sent, mark=mark),
            Measured("rebooted", None if found.rebooted is Tri.UNKNOWN else found.rebooted.value, raw=sent)]


def _compared(answers: Answers, earlier: Answers | None) -> tuple[Tri, int]:
    """Return whether the device restarted since the earlier poll, and how often its count began anew without one."""
    if earlier is None:
        return Tri.UNKNOWN, 0
    elapsed_s = answers.at_s - earlier.at_s
    agent, agent_wraps = _by_count(_count(answers, SYS_UPTIME), _count(earlier, SYS_UPTIME), elapsed_s)
    host, host_wraps = _by_count(_count(answers, HOST_UPTIME), _count(earlier, HOST_UPTIME), elapsed_s)
    engine = _by_engine(_engine(answers), _engine(earlier), elapsed_s, agent_goes_on=agent is Tri.NO and not agent_wraps)
    if host is Tri.NO and not host_wraps:  # The agent may have been restarted on a device that was not.
        return Tri.NO, agent_wraps if agent is Tri.NO else 0
    if engine is not Tri.UNKNOWN:
        return engine, (agent_wraps or host_wraps) if engine is Tri.NO else 0
    if agent is not Tri.UNKNOWN:
        return agent, agent_wraps
    return host, host_wraps


def _by_engine(now: tuple[int | None, int | None], before: tuple[int | None, int | None], elapsed_s: float, *, agent_goes_on: bool) -> Tri:
    """Judge by the engine's count of starts, and by its time, which would run for 68 years (RFC 3414).

    A time that fell is a restart of an agent that does not keep its count, or a step of the agent's clock.
    """
    (boots, time_s), (old_boots, old_time_s) = now, before
    if boots is not None and old_boots is not None and boots != old_boots:
        return Tri.YES  # Also fewer: a factory reset begins at 1 again.
    if time_s is not None and old_time_s is not None and time_s < old_time_s and not agent_goes_on:
        return Tri.YES if elapsed_s > 0 and time_s <= elapsed_s * _SLACK + elapsed_s else Tri.UNKNOWN
    return Tri.UNKNOWN if boots is None or old_boots is None else Tri.NO


def _by_count(new_s: float | None, old_s: float | None, elapsed_s: float) -> tuple[Tri, int]:
    """Judge by one 32-bit count; also return how often it went round."""
    if new_s is None or old_s is None:
        return Tri.UNKNOWN, 0
    if elapsed_s <= 0:  # The clock was set back or started anew: nothing can be reckoned.
        return (Tri.NO if new_s >= old_s else Tri.UNKNOWN), 0
    slack_s = _SLACK * elapsed_s
    if new_s >= old_s:
        # It went on; unless it went on by far less than the time that passed, as after a restart in a long silence.
        fell_behind = new_s <= elapsed_s and (elapsed_s - (new_s - old_s)) > 0.05 * elapsed_s + 60
        return (Tri.UNKNOWN if fell_behind else Tri.NO), 0
    if old_s + elapsed_s + slack_s >= _WRAP_S and new_s <= elapsed_s + slack_s:
        return Tri.NO, 1
    return (Tri.YES if new_s <= elapsed_s + slack_s else Tri.UNKNOWN), 0


def _engine(answers: Answers) -> tuple[int | None, int | None]:
    """Return the engine's starts and its seconds, 31 bits each; 0 of both is an engine that nobody asked (RFC 3414, 2.3)."""
    boots, time_s = (told if told is not None else values.whole(answers.values.get(name))
                     for told, name in ((answers.engine_boots, ENGINE_BOOTS), (answers.engine_time_s, ENGINE_TIME)))
    boots, time_s = (number if number is not None and 0 <= number < 2**31 else None for number in (boots, time_s))
    return (None, None) if not boots and not time_s else (boots, time_s)


def _count(answers: Answers, name: Oid) -> float | None:
    return values.seconds(answers.values.get(name))


def _known_wraps(earlier: Answers | None) -> int:
    flags = [flag.removeprefix(_WRAPPED) for flag in earlier.flags if flag.startswith(_WRAPPED)] if earlier else []
    return int(flags[0]) if flags and flags[0].isascii() and flags[0].isdecimal() else 0
