"""Every reading of SNMP devices by name: its unit, and whether it makes the device ill.  The names are stable: pages and stored
readings use them.

`DECIDES`: the device's health rests on it, also when it is unknown.  `COUNTS`: its fault is the device's fault; unknown, it says nothing.
`OWN`: it is shown with a health of its own and is never the device's: a port with nothing plugged in, a service nobody uses.
"""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """What a reading is to the health of its device."""

    DECIDES = "decides"
    COUNTS = "counts"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Reading:
    """The unit a reading is always in, and its weight."""

    unit: str
    weight: Weight


_D, _C, _O = Weight.DECIDES, Weight.COUNTS, Weight.OWN

READINGS: dict[str, Reading] = {name: Reading(unit, weight) for name, unit, weight in (
    # Every device.
    ("uptime", "s", _O), ("rebooted", "", _O),
    # Ports of switches, and of whatever else has some.
    ("port_state", "", _O), ("port_speed", "Mbit/s", _O), ("port_traffic_in", "Mbit/s", _O), ("port_traffic_out", "Mbit/s", _O),
    # Poly endpoints.
    ("system_status", "", _D), ("hardware_status", "", _D), ("microphone_status", "", _D), ("camera_status", "", _D),
    ("network_card_status", "", _C), ("h323_status", "", _C), ("h323_registration", "", _C), ("sip_status", "", _C), ("sip_proxy", "", _C),
    ("sip_registration", "", _C), ("service_status", "", _O), ("active_calls", "", _O),
    ("loss_in", "%", _C), ("loss_out", "%", _C), ("latency_in", "ms", _C), ("latency_out", "ms", _C), ("jitter_in", "ms", _C),
    ("jitter_out", "ms", _C), ("lost_packets_in", "", _O), ("lost_packets_out", "", _O),
    # Uninterruptible power supplies.
    ("output_source", "", _D), ("battery_status", "", _D), ("battery_charge", "%", _C), ("runtime_left", "min", _C),
    ("time_on_battery", "s", _C), ("battery_temperature", "°C", _C), ("battery_voltage", "V", _O), ("battery_replacement", "", _C),
    ("input_voltage", "V", _O), ("input_frequency", "Hz", _O), ("output_voltage", "V", _O), ("output_frequency", "Hz", _O),
    ("output_current", "A", _O), ("output_power", "W", _O), ("output_load", "%", _C), ("bypass_voltage", "V", _O),
    ("bypass_frequency", "Hz", _O), ("bypass_current", "A", _O), ("bypass_power", "W", _O), ("self_test", "", _C), ("alarms_present", "", _C),
    ("ups_alarm", "", _C),
    # Power strips.
    ("load_state", "", _D), ("meter_state", "", _D), ("power", "W", _O), ("apparent_power", "VA", _O), ("energy", "kWh", _O),
    ("power_supply", "", _C), ("power_factor", "", _O), ("phase_load_state", "", _C), ("phase_current", "A", _O), ("phase_voltage", "V", _O),
    ("phase_frequency", "Hz", _O), ("outlet_state", "", _O), ("outlet_switched", "", _O), ("surge_protection", "", _C), ("clock_state", "", _C),
    # Projectors and wireless presentation.
    ("power_state", "", _C), ("lamp_hours", "h", _O), ("lamp_used", "%", _C), ("projector_alert", "", _C), ("device_temperature", "°C", _O),
    ("case_fan_speed", "rpm", _O), ("processor_fan_speed", "rpm", _O),
    # Computers of a room.
    ("host_uptime", "s", _O), ("processor_load", "%", _O), ("load_average", "", _O), ("memory_used", "%", _O), ("storage_used", "%", _O),
    ("device_status", "", _O),
    # The air of a room.
    ("room_temperature", "°C", _D), ("probe_temperature", "°C", _C), ("humidity", "%", _O), ("sensor_status", "", _C), ("sensor_contact", "", _O),
    ("sensor_voltage", "V", _O), ("sensor_current", "A", _O), ("sensor_power", "W", _O), ("sensor_frequency", "Hz", _O),
    ("sensor_fan_speed", "rpm", _O), ("input_alarm", "", _C),
    # Printers.
    ("printer_status", "", _D), ("printer_error", "", _D), ("supply_level", "%", _C), ("waste_level", "%", _C), ("tray_level", "%", _O),
)}
