"""What a codec says of itself besides its measurements, as readings: registered, able to encrypt, calls up, microphone, camera, clock.  Pure.

What it does not tell is no reading at all.  The names are stable: pages and the checks before conferences use them.
"""

from datetime import datetime

from device_drivers.readings import CodecStatus, Health, Measured, Tri

REGISTERED, CAN_ENCRYPT, CALLS_UP = "registered", "can_encrypt", "calls_up"
MICROPHONE, CAMERA, CLOCK_AHEAD = "microphone_connected", "camera_connected", "clock_ahead"
MOST_CLOCK_AHEAD_S = 60  # More than this, in either direction, and what the device writes down cannot be matched with the evidence.


def told_by(status: CodecStatus, at: datetime) -> tuple[Measured, ...]:
    """Return the facts of a look that ended at `at`; where one is a fault, its health is that of the fault (`health.FAULTS`)."""
    answers = ((REGISTERED, status.registered, Health.CRITICAL, status.registration), (CAN_ENCRYPT, status.can_encrypt, Health.WARNING, ""),
               (MICROPHONE, status.microphone, Health.WARNING, ""), (CAMERA, status.camera, Health.WARNING, ""))
    facts = [Measured(name, answer.value, health=Health.OK if answer is Tri.YES else bad, raw=raw)
             for name, answer, bad, raw in answers if answer is not Tri.UNKNOWN]
    facts.append(Measured(CALLS_UP, float(len(status.calls)), health=Health.OK))
    if status.clock_at is not None:
        ahead_s = round((status.clock_at - at).total_seconds())
        facts.append(Measured(CLOCK_AHEAD, float(ahead_s), "s", Health.OK if abs(ahead_s) <= MOST_CLOCK_AHEAD_S else Health.WARNING))
    return tuple(facts)
