"""Every route and who may call it.  A route that is not listed here answers nobody, and fails the tests.

The rule on the page is the coarse one ("an approver somewhere"); the use case behind it decides about the very thing.
"""

from enum import StrEnum

from flask import Flask, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from roomctl.errors import NotSignedIn, NotVisible
from roomctl.organisation.access import require
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms import panels
from roomctl.rooms.tables import Panel

PANEL_COOKIE = "roomctl_panel"
LARGEST_ID = 2**31 - 1  # PostgreSQL's INTEGER; SQLite's driver raises on anything past 64 bits.


class Door(StrEnum):
    """Doors that need no role."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    PANEL = "panel"
    PANEL_POLL = "panel_poll"  # A panel's too: the question that knows it tells what its screen depends on as well, so the route asks.


RULES: dict[str, Door | Action] = {
    "public.home.show": Door.PUBLIC,
    "public.assets.show": Door.PUBLIC,
    "public.health.show": Door.PUBLIC,
    "public.metrics.show": Door.PUBLIC,  # From this machine, or with its own token: it asks itself.
    "public.sign_in.show": Door.PUBLIC,
    "public.sign_in.enter": Door.PUBLIC,
    "public.sign_in.leave": Door.PUBLIC,
    "public.language.choose": Door.PUBLIC,
    "public.feeds.show": Door.PUBLIC,
    "api.document.show": Door.PUBLIC,
    "api.units.index": Action.SEE_WEEK,
    "api.units.show": Action.SEE_WEEK,
    "api.rooms.index": Action.SEE_WEEK,
    "api.rooms.free": Action.SEE_WEEK,
    "api.rooms.show": Action.SEE_WEEK,
    "api.profiles.index": Action.SEE_WEEK,
    "api.conferences.index": Action.SEE_WEEK,
    "api.conferences.create": Action.REQUEST_CONFERENCE,
    "api.conferences.show": Door.SIGNED_IN,
    "api.conferences.cancel": Door.SIGNED_IN,
    "api.conferences.sessions": Door.SIGNED_IN,
    "api.reservations.index": Action.SEE_QUEUE,
    "api.reservations.decide": Action.SEE_QUEUE,
    "api.sessions.show": Door.SIGNED_IN,
    "api.rooms.search": Action.SEE_WEEK,
    "api.maintenance.index": Action.KEEP_MAINTENANCE,
    "api.maintenance.create": Action.KEEP_MAINTENANCE,
    "api.maintenance.cancel": Action.KEEP_MAINTENANCE,
    "api.groups.index": Action.REQUEST_CONFERENCE,
    "api.groups.save": Action.REQUEST_CONFERENCE,
    "api.groups.change": Action.REQUEST_CONFERENCE,
    "api.groups.delete": Action.REQUEST_CONFERENCE,
    "api.times.find": Action.REQUEST_CONFERENCE,
    "api.conferences.preview": Action.REQUEST_CONFERENCE,
    "api.conferences.amend": Door.SIGNED_IN,
    "api.conferences.add_day": Door.SIGNED_IN,
    "api.invitations.index": Door.SIGNED_IN,
    "api.invitations.answer": Door.SIGNED_IN,
    "api.invitations.show": Door.SIGNED_IN,
    "api.invitations.invite": Door.SIGNED_IN,
    "api.invitations.withdraw": Door.SIGNED_IN,
    "api.documents.items": Door.SIGNED_IN,
    "api.documents.add_item": Door.SIGNED_IN,
    "api.documents.change_item": Door.SIGNED_IN,
    "api.documents.move_item": Door.SIGNED_IN,
    "api.documents.remove_item": Door.SIGNED_IN,
    "api.documents.index": Door.SIGNED_IN,
    "api.documents.download": Door.SIGNED_IN,
    "api.documents.remove": Door.SIGNED_IN,
    "api.reservations.decided": Action.SEE_QUEUE,
    "api.reservations.decide_all": Action.SEE_QUEUE,
    "api.reservations.undo": Action.SEE_QUEUE,
    "api.reservations.cannot_serve": Action.SEE_QUEUE,
    "api.reservations.replace_room": Door.SIGNED_IN,
    "api.reservations.go_on_without": Door.SIGNED_IN,
    "api.mandatory.show": Action.MARK_MANDATORY,
    "api.mandatory.mark": Action.MARK_MANDATORY,
    "api.mandatory.displace": Action.DISPLACE,
    "api.lending.index": Action.LEND_ROLE,
    "api.lending.lend": Action.LEND_ROLE,
    "api.lending.take_back": Action.LEND_ROLE,
    "api.week.show": Action.SEE_WEEK,
    "api.week.publish": Action.PUBLISH_WEEK,
    "api.reports.show": Action.SEE_REPORTS,
    "api.days_off.index": Action.SEE_WEEK,
    "api.days_off.add": Action.KEEP_DAYS_OFF,
    "api.days_off.remove": Action.KEEP_DAYS_OFF,
    "api.days_off.seed": Action.KEEP_DAYS_OFF,
    "api.drafts.index": Action.REQUEST_CONFERENCE,
    "api.drafts.show": Action.REQUEST_CONFERENCE,
    "api.drafts.delete": Action.REQUEST_CONFERENCE,
    "api.feeds.index": Door.SIGNED_IN,
    "api.feeds.make": Door.SIGNED_IN,
    "api.feeds.revoke": Door.SIGNED_IN,
    "api.imports.create": Action.REQUEST_CONFERENCE,
    "staff.week.this_week": Action.SEE_WEEK,
    "staff.week.show": Action.SEE_WEEK,
    "staff.week.sheet": Action.SEE_WEEK,
    "staff.week.publish": Action.PUBLISH_WEEK,
    "staff.reports.show": Action.SEE_REPORTS,
    "staff.reports.workbook": Action.SEE_REPORTS,
    "staff.day.today": Action.SEE_WEEK,
    "staff.day.show": Action.SEE_WEEK,
    "staff.rooms.index": Action.SEE_WEEK,
    "staff.times.index": Action.REQUEST_CONFERENCE,
    "staff.times.find": Action.REQUEST_CONFERENCE,
    "staff.groups.index": Action.REQUEST_CONFERENCE,
    "staff.groups.change": Action.REQUEST_CONFERENCE,
    "staff.groups.delete": Action.REQUEST_CONFERENCE,
    "staff.conferences.new": Action.REQUEST_CONFERENCE,
    "staff.conferences.create": Action.REQUEST_CONFERENCE,
    "staff.conferences.show": Door.SIGNED_IN,
    "staff.conferences.cancel": Door.SIGNED_IN,
    "staff.conferences.add_day": Door.SIGNED_IN,
    "staff.conferences.make_pin": Door.SIGNED_IN,
    "staff.conferences.switch_profile": Door.SIGNED_IN,
    "staff.conferences.calendar": Door.SIGNED_IN,
    "staff.documents.show": Door.SIGNED_IN,
    "staff.documents.add_item": Door.SIGNED_IN,
    "staff.documents.item": Door.SIGNED_IN,
    "staff.documents.change_item": Door.SIGNED_IN,
    "staff.documents.move_item": Door.SIGNED_IN,
    "staff.documents.remove_item": Door.SIGNED_IN,
    "staff.documents.add": Door.SIGNED_IN,
    "staff.documents.download": Door.SIGNED_IN,
    "staff.documents.remove": Door.SIGNED_IN,
    "staff.documents.remove_all": Door.SIGNED_IN,
    "staff.changes.show": Door.SIGNED_IN,
    "staff.changes.create": Door.SIGNED_IN,
    "staff.drafts.index": Action.REQUEST_CONFERENCE,
    "staff.drafts.save": Action.REQUEST_CONFERENCE,
    "staff.drafts.delete": Action.REQUEST_CONFERENCE,
    "staff.exchange.index": Action.SEE_WEEK,
    "staff.exchange.read": Action.REQUEST_CONFERENCE,
    "staff.exchange.bring_in": Action.REQUEST_CONFERENCE,
    "staff.exchange.take_out": Action.SEE_WEEK,
    "staff.sessions.show": Door.SIGNED_IN,
    "staff.sessions.state": Door.SIGNED_IN,
    "staff.sessions.start": Door.SIGNED_IN,
    "staff.sessions.end": Door.SIGNED_IN,
    "staff.sessions.extend": Door.SIGNED_IN,
    "staff.sessions.go_on_without": Door.SIGNED_IN,
    "staff.sessions.retry": Door.SIGNED_IN,
    "staff.minutes.show": Door.SIGNED_IN,
    **{f"staff.chair.{page}": Door.SIGNED_IN for page in ("show", "leg", "speakers", "message", "roll", "add", "act")},
    "staff.overrides.new": Door.SIGNED_IN,
    "staff.overrides.create": Door.SIGNED_IN,
    "staff.approvals.index": Action.SEE_QUEUE,
    "staff.approvals.show": Action.SEE_QUEUE,
    "staff.approvals.grant": Action.SEE_QUEUE,
    "staff.approvals.refuse": Action.SEE_QUEUE,
    "staff.approvals.decide_all": Action.SEE_QUEUE,
    "staff.approvals.undo": Action.SEE_QUEUE,
    "staff.approvals.cannot_serve": Action.SEE_QUEUE,
    "staff.mandatory.show": Action.MARK_MANDATORY,
    "staff.mandatory.mark": Action.MARK_MANDATORY,
    "staff.mandatory.displace": Action.DISPLACE,
    "staff.rooms_asked.replace_room": Door.SIGNED_IN,
    "staff.rooms_asked.go_on_without": Door.SIGNED_IN,
    "staff.lending.index": Action.LEND_ROLE,
    "staff.lending.lend": Action.LEND_ROLE,
    "staff.lending.take_back": Action.LEND_ROLE,
    "staff.invitations.index": Door.SIGNED_IN,
    "staff.invitations.answer": Door.SIGNED_IN,
    "staff.invitations.show": Door.SIGNED_IN,
    "staff.invitations.invite": Door.SIGNED_IN,
    "staff.invitations.withdraw": Door.SIGNED_IN,
    "staff.notices.index": Door.SIGNED_IN,
    "staff.notices.read": Door.SIGNED_IN,
    "staff.feeds.index": Door.SIGNED_IN,
    "staff.feeds.make": Door.SIGNED_IN,
    "staff.feeds.revoke": Door.SIGNED_IN,
    "staff.imports.new": Action.REQUEST_CONFERENCE,
    "staff.imports.preview": Action.REQUEST_CONFERENCE,
    "staff.imports.create": Action.REQUEST_CONFERENCE,
    "staff.imports.done": Action.REQUEST_CONFERENCE,
    "staff.account.show": Door.SIGNED_IN,
    "staff.account.change_password": Door.SIGNED_IN,
    "technician.faults.index": Action.SEE_DEVICES,
    "technician.faults.state": Action.SEE_DEVICES,
    "technician.provinces.show": Action.SEE_DEVICES,
    "technician.rooms.show": Action.SEE_DEVICES,
    "technician.rooms.steps": Action.SEE_DEVICES,
    "technician.rooms.look": Action.SEE_DEVICES,
    "technician.alerts.index": Action.SEE_DEVICES,
    "technician.alerts.acknowledge": Action.HANDLE_ALERTS,
    "technician.duty.index": Action.SEE_DEVICES,
    "technician.duty.show": Action.SEE_DEVICES,
    "technician.duty.create": Action.KEEP_ROTA,
    "technician.duty.cancel": Action.KEEP_ROTA,
    "technician.duty.hand_over": Action.KEEP_ROTA,
    "technician.devices.index": Action.SEE_DEVICES,
    "technician.devices.show": Action.SEE_DEVICES,
    "technician.devices.history": Action.SEE_DEVICES,
    "technician.devices.look": Action.SEE_DEVICES,
    "technician.devices.reject_host_key": Action.PIN_HOST_KEY,
    "technician.orders.index": Action.SEE_DEVICES,
    "technician.orders.new": Action.ORDER_DEVICES,
    "technician.orders.propose": Action.ORDER_DEVICES,
    "technician.orders.create": Action.ORDER_DEVICES,
    "technician.orders.show": Action.SEE_DEVICES,
    "technician.orders.state": Action.SEE_DEVICES,
    "technician.orders.stop": Action.ORDER_DEVICES,
    "technician.trials.new": Action.SEE_DEVICES,
    "technician.trials.create": Action.ORDER_DEVICES,
    "technician.trials.show": Action.SEE_DEVICES,
    "technician.trials.state": Action.SEE_DEVICES,
    "technician.preflight.index": Action.SEE_DEVICES,
    "technician.maintenance.index": Action.KEEP_MAINTENANCE,
    "technician.maintenance.create": Action.KEEP_MAINTENANCE,
    "technician.maintenance.cancel": Action.KEEP_MAINTENANCE,
    "technician.devices.pin_host_key": Action.PIN_HOST_KEY,
    "admin.panels.index": Action.PAIR_PANEL,
    "admin.panels.make_code": Action.PAIR_PANEL,
    "admin.panels.revoke": Action.PAIR_PANEL,
    "admin.units.index": Action.KEEP_UNITS,
    "admin.units.show": Action.KEEP_UNITS,
    "admin.units.rename": Action.KEEP_UNITS,
    "admin.units.ask_merger": Action.KEEP_UNITS,
    "admin.units.merge": Action.KEEP_UNITS,
    "admin.people.index": Action.KEEP_PEOPLE,
    "admin.people.new": Action.KEEP_PEOPLE,
    "admin.people.create": Action.KEEP_PEOPLE,
    "admin.people.show": Action.KEEP_PEOPLE,
    "admin.people.grant": Action.GRANT_ROLE,
    "admin.people.revoke": Action.GRANT_ROLE,
    "admin.people.close": Action.KEEP_PEOPLE,
    "admin.people.renew_password": Action.KEEP_PEOPLE,
    "admin.rooms.index": Action.KEEP_ROOMS,
    "admin.rooms.new": Action.KEEP_ROOMS,
    "admin.rooms.create": Action.KEEP_ROOMS,
    "admin.rooms.show": Action.KEEP_ROOMS,
    "admin.rooms.change": Action.KEEP_ROOMS,
    "admin.rooms.retire": Action.KEEP_ROOMS,
    "admin.rooms.close": Action.KEEP_ROOMS,
    "admin.rooms.reopen": Action.KEEP_ROOMS,
    "admin.exchange.index": Action.KEEP_ROOMS,
    "admin.exchange.read": Action.KEEP_ROOMS,
    "admin.exchange.bring_in": Action.KEEP_ROOMS,
    "admin.exchange.take_out": Action.KEEP_ROOMS,
    "admin.devices.index": Action.KEEP_DEVICES,
    "admin.devices.new": Action.KEEP_DEVICES,
    "admin.devices.create": Action.KEEP_DEVICES,
    "admin.devices.show": Action.KEEP_DEVICES,
    "admin.devices.renew_login": Action.KEEP_DEVICES,
    "admin.devices.change_address": Action.KEEP_DEVICES,
    "admin.devices.stand_behind": Action.KEEP_DEVICES,
    "admin.devices.swap": Action.KEEP_DEVICES,
    "admin.devices.retire": Action.KEEP_DEVICES,
    "admin.ssh.show": Action.KEEP_DEVICES,
    "admin.ssh.look": Action.KEEP_DEVICES,
    "admin.ssh.allow": Action.KEEP_DEVICES,
    "admin.ssh.withdraw": Action.KEEP_DEVICES,
    "admin.snmp.show": Action.KEEP_DEVICES,
    "admin.snmp.change": Action.KEEP_DEVICES,
    "admin.passwords.index": Action.KEEP_DEVICES,
    "admin.passwords.ask": Action.KEEP_DEVICES,
    "admin.passwords.ask_one": Action.KEEP_DEVICES,
    "admin.passwords.try_again": Action.KEEP_DEVICES,
    "admin.inventory.index": Action.SEE_DEVICES,
    "admin.inventory.show": Action.SEE_DEVICES,
    "admin.inventory.change": Action.KEEP_DEVICES,
    "admin.inventory.record_maintenance": Action.KEEP_MAINTENANCE,
    "admin.inventory.record_inspection": Action.KEEP_MAINTENANCE,
    "admin.firmware.index": Action.SEE_DEVICES,
    "admin.firmware.approve": Action.KEEP_DEVICES,
    "admin.firmware.withdraw": Action.KEEP_DEVICES,
    "technician.backups.show": Action.SEE_DEVICES,
    "technician.backups.compare": Action.SEE_DEVICES,
    "admin.days_off.index": Action.KEEP_DAYS_OFF,
    "admin.days_off.add": Action.KEEP_DAYS_OFF,
    "admin.days_off.seed": Action.KEEP_DAYS_OFF,
    "admin.days_off.remove": Action.KEEP_DAYS_OFF,
    "auditor.sessions.index": Action.SEE_EVIDENCE,
    "auditor.sessions.show": Action.SEE_EVIDENCE,
    "auditor.sessions.evidence": Action.SEE_EVIDENCE,
    "auditor.records.show": Action.SEE_EVIDENCE,
    "auditor.overrides.index": Action.DECIDE_OVERRIDE,
    "auditor.overrides.show": Action.DECIDE_OVERRIDE,
    "auditor.overrides.decide": Action.DECIDE_OVERRIDE,
    "auditor.attestations.index": Action.ATTEST,
    "auditor.attestations.create": Action.ATTEST,
    "auditor.attestations.withdraw": Action.ATTEST,
    "auditor.profiles.index": Action.KEEP_PROFILES,
    "auditor.profiles.show": Action.KEEP_PROFILES,
    "auditor.profiles.create": Action.KEEP_PROFILES,
    "auditor.statistics.show": Action.SEE_EVIDENCE,
    "auditor.statistics.workbook": Action.SEE_EVIDENCE,
    "auditor.trail.index": Action.READ_TRAIL,
    "auditor.trail.sheet": Action.READ_TRAIL,
    "panel.pairing.show": Door.PUBLIC,
    "panel.pairing.pair": Door.PUBLIC,
    "panel.screen.show": Door.PANEL,
    "panel.screen.state": Door.PANEL_POLL,
    "panel.rooms.start_now": Door.PANEL,
    "panel.rooms.check_in": Door.PANEL,
    "panel.rooms.extend": Door.PANEL,
    "panel.rooms.end": Door.PANEL,
    "panel.rooms.call": Door.PANEL,
    **{f"panel.chair.{page}": Door.PANEL for page in ("show", "state", "leg", "speakers", "message", "roll", "add", "find", "act")},
    "panel.overrides.new": Door.PANEL,
    "panel.overrides.create": Door.PANEL,
    "panel.sessions.ask_pin": Door.PANEL,
    "panel.sessions.start": Door.PANEL,
    "panel.sessions.end": Door.PANEL,
    "panel.sessions.extend": Door.PANEL,
    "panel.sessions.go_on_without": Door.PANEL,
    "panel.sessions.retry": Door.PANEL,
    "panel.sessions.go_on_without_all": Door.PANEL,
    "panel.sessions.retry_all": Door.PANEL,
}
# All that is open to somebody whose password was made by somebody else, until they have chosen their own.
OWN_PASSWORD = {"staff.account.show", "staff.account.change_password"}


def register(app: Flask) -> None:
    """Ask at the door, before any page runs."""

    @app.before_request
    def _ask() -> Response | None:
        if request.endpoint is None:
            return None  # No such address: the router's own 404 follows.
        if any(isinstance(value, int) and value > LARGEST_ID for value in (request.view_args or {}).values()):
            raise NotVisible
        rule = RULES.get(request.endpoint)
        match rule:
            case Door.PUBLIC | Door.PANEL_POLL:
                return None
            case Door.PANEL:
                panel = panels.panel_of_token(panel_token()) if panel_token() else None
                if panel is None:
                    if request.endpoint == "panel.screen.show":
                        return redirect(url_for("panel.pairing.show"), code=303)
                    raise NotSignedIn
                g.panel = panel
                return None
            case Door.SIGNED_IN | Action():
                user = signed_in()
                if user.must_change_password and request.endpoint not in OWN_PASSWORD and not request.endpoint.startswith("api."):
                    return redirect(url_for("staff.account.show"), code=303)
                if isinstance(rule, Action):
                    require(user, rule)
                return None
        raise NotVisible


def panel_token() -> str:
    """Return the token that a panel sends, or nothing."""
    return request.cookies.get(PANEL_COOKIE, "")


def signed_in() -> User:
    """Return who is signed in; raise NotSignedIn."""
    if not current_user.is_authenticated:
        raise NotSignedIn
    return current_user._get_current_object()  # flask-login's own way out of its proxy.


def this_panel() -> Panel:
    """Return the panel that asks."""
    return g.panel
