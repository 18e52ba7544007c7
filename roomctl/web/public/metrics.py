"""What Prometheus collects: devices, their readings, standing alerts, the worker's sign of life.

From this machine, or with the token of the settings; codes and numbers only, never a title, a name or a person.  `?unit=T66` leaves
everything but one unit and what is below it out, `?readings=0` the readings: ten thousand devices with twelve of them are 120,000 lines.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from roomctl import clock
from roomctl.database import db
from roomctl.devices import health, history
from roomctl.devices.metric_tables import Metered, metered
from roomctl.duty.alert_tables import standing_counts
from roomctl.errors import NotVisible
from roomctl.organisation.unit_tables import unit_by_code
from roomctl.sessions import lease

bp = Blueprint("metrics", __name__, url_prefix="/metrics")
# A proxy on this machine would make everybody's request look local.
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
DEVICE = ("device", "kind", "family", "unit_code", "room_code")
READING = ("device", "unit_code", "room_code", "name", "place", "unit")  # Many lines: what else is known of the device is in its status.


@bp.get("")
def show() -> ResponseReturnValue:
    if not _may_know():
        # Prometheus would follow a redirect to the sign-in page and wonder at what it reads there.
        return Response("Not for you: ask from this machine itself, or send the token as a bearer.\n", 401, {"WWW-Authenticate": "Bearer"},
                        mimetype="text/plain")
    unit = unit_by_code(request.args["unit"]) if request.args.get("unit", "").isprintable() and request.args.get("unit") else None
    if request.args.get("unit") and unit is None:
        raise NotVisible
    registry = CollectorRegistry()
    registry.register(_Collector(clock.now(), unit.path if unit else "", with_readings=request.args.get("readings") != "0"))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _may_know() -> bool:
    token, given = current_app.config["SETTINGS"].metrics_token, request.authorization
    if token and given is not None and given.type == "bearer" and hmac.compare_digest((given.token or "").encode(), token.encode()):
        return True
    return _is_loopback(request.remote_addr or "") and not any(name in request.headers for name in FORWARDED)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class _Collector:
    """Reads the database once, when it is asked."""

    def __init__(self, now: datetime, unit_path: str, *, with_readings: bool) -> None:
        self._now, self._unit_path, self._with_readings = now, unit_path, with_readings

    def describe(self) -> list[Metric]:
        return []  # Registering asks nothing of the database.

    def collect(self) -> Iterator[Metric]:
        status = GaugeMetricFamily("roomctl_device_status", "1 for the status a person is shown: ok, warning, critical or unknown.",
                                   labels=(*DEVICE, "status", "fault"))
        probed = GaugeMetricFamily("roomctl_device_probed_timestamp_seconds", "When the device was looked at last.", labels=DEVICE)
        reading = GaugeMetricFamily("roomctl_reading", "The latest numbers a device reported; none that is old.", labels=READING)
        for device in metered(self._unit_path, with_readings=self._with_readings):
            labels = (str(device.id), device.kind, device.family, device.unit_code, device.room_code or "")
            shown = health.as_shown(health.Status(device.status), device.probed_at, now=self._now,
                                    interval=timedelta(seconds=device.probe_every_s))
            status.add_metric((*labels, shown.value, device.fault if shown == device.status else ""), 1)
            if device.probed_at is not None:
                probed.add_metric(labels, device.probed_at.timestamp())
            for row in self._fresh(device):
                if row[0] not in history.NOT_KEPT and isinstance(row[2], int | float):
                    reading.add_metric((labels[0], *labels[3:], row[0], row[1], row[3]), row[2])
        yield from (status, probed, reading)
        alerts = GaugeMetricFamily("roomctl_alerts", "Standing alerts.", labels=("status", "acknowledged"))
        for (of_status, acknowledged), count in standing_counts(self._unit_path).items():
            alerts.add_metric((of_status, "yes" if acknowledged else "no"), count)
        yield alerts
        age = lease.last_tick_age()
        if age is not None:
            yield GaugeMetricFamily("roomctl_worker_last_sign_of_life_seconds", "How long ago the worker gave a sign of life.",
                                    value=age.total_seconds())
        db.session.rollback()

    def _fresh(self, device: Metered) -> list[list]:
        """Return the readings of a device unless they are older than twice its interval: they say nothing about now."""
        if device.readings is None or device.read_at is None:
            return []
        return device.readings if self._now - device.read_at <= 2 * timedelta(seconds=device.probe_every_s) else []
