"""Runs the migrations on the application's own engine; each migration is one transaction on both engines."""

from alembic import context
from flask import current_app

from roomctl.audit import tables as _audit  # noqa: F401 - imported so that the models are known
from roomctl.booking import port_tables as _ports  # noqa: F401
from roomctl.booking import series_tables as _series  # noqa: F401
from roomctl.booking import tables as _booking  # noqa: F401
from roomctl.booking import view_tables as _views  # noqa: F401
from roomctl.calendars import tables as _calendars  # noqa: F401
from roomctl.devices import card_tables as _cards  # noqa: F401
from roomctl.devices import reading_tables as _readings  # noqa: F401
from roomctl.devices import snmp_tables as _snmp  # noqa: F401
from roomctl.devices import tables as _devices  # noqa: F401
from roomctl.documents import tables as _documents  # noqa: F401
from roomctl.duty import alert_tables as _alerts  # noqa: F401
from roomctl.duty import order_tables as _orders  # noqa: F401
from roomctl.duty import preflight_tables as _preflight  # noqa: F401
from roomctl.duty import rota_tables as _rota  # noqa: F401
from roomctl.notices import tables as _notices  # noqa: F401
from roomctl.organisation import tables as _organisation  # noqa: F401
from roomctl.rooms import tables as _rooms  # noqa: F401
from roomctl.rooms import upkeep_tables as _upkeep  # noqa: F401
from roomctl.schedule import tables as _schedule  # noqa: F401
from roomctl.security_profiles import tables as _profiles  # noqa: F401
from roomctl.sessions import attestation_tables as _attestations  # noqa: F401
from roomctl.sessions import chair_tables as _chair  # noqa: F401
from roomctl.sessions import clock_tables as _clocks  # noqa: F401
from roomctl.sessions import override_tables as _overrides  # noqa: F401
from roomctl.sessions import tables as _sessions  # noqa: F401
from roomctl.sessions import trial_tables as _trials  # noqa: F401

db = current_app.extensions["migrate"].db

with db.engine.connect() as connection:
    by_hand = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if by_hand is not None:
        # SQLite changes a column by building its table anew, and would take dropping the old one for deleting all its rows.
        by_hand.execute("PRAGMA foreign_keys = OFF")
    context.configure(connection=connection, target_metadata=db.metadata, transaction_per_migration=True)
    try:
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if by_hand is not None and (broken := by_hand.execute("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"the migration left rows that point at nothing: {broken[:5]}")
    finally:
        if by_hand is not None:
            by_hand.rollback()  # Inside a transaction the pragma would change nothing.
            by_hand.execute("PRAGMA foreign_keys = ON")
