"""Alerts, who is on duty, orders to many devices, checks before conferences, trial calls."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("unit_id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.Integer),
        sa.Column("under_id", sa.Integer),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("silent", sa.Boolean, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_by", sa.Integer),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["users.id"], name="fk_alerts_acknowledged_by_users"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_alerts_device_id_devices"),
        sa.ForeignKeyConstraint(["under_id"], ["alerts.id"], name="fk_alerts_under_id_alerts"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_alerts_unit_id_units"),
    )
    op.create_index("ix_alerts_cleared_opened", "alerts", ["cleared_at", "opened_at"])
    op.create_index("ix_alerts_device_id", "alerts", ["device_id"])
    op.create_index("ix_alerts_under_id", "alerts", ["under_id"])
    op.create_index("ix_alerts_unit_id", "alerts", ["unit_id"])
    op.create_index("uq_alerts_standing_device", "alerts", ["device_id", "kind"], unique=True,
                    sqlite_where=sa.text("cleared_at IS NULL AND device_id IS NOT NULL"),
                    postgresql_where=sa.text("cleared_at IS NULL AND device_id IS NOT NULL"))
    op.create_index("uq_alerts_standing_unit", "alerts", ["unit_id", "kind"], unique=True,
                    sqlite_where=sa.text("cleared_at IS NULL AND device_id IS NULL"),
                    postgresql_where=sa.text("cleared_at IS NULL AND device_id IS NULL"))
    op.create_table(
        "duty_turns",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("handover", sa.String(2000), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True)),
        sa.Column("made_by", sa.Integer),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_duty_turns"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_duty_turns_made_by_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_duty_turns_unit_id_units"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_duty_turns_user_id_users"),
        sa.CheckConstraint("end_at > start_at", name="ck_duty_turns_span"),
    )
    op.create_index("ix_duty_turns_unit_start", "duty_turns", ["unit_id", "start_at"])
    op.create_table(
        "device_orders",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("asked_by", sa.Integer, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stop_asked_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_device_orders"),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_device_orders_asked_by_users"),
    )
    op.create_table(
        "order_targets",
        sa.Column("order_id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("order_id", "device_id", name="pk_order_targets"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_order_targets_device_id_devices"),
        sa.ForeignKeyConstraint(["order_id"], ["device_orders.id"], name="fk_order_targets_order_id_device_orders"),
    )
    op.create_index("ix_order_targets_state", "order_targets", ["state"])
    op.create_table(
        "scheduled_checks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("occurrence_id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.Integer, nullable=False),
        sa.Column("room_id", sa.Integer),
        sa.Column("ahead_minutes", sa.Integer, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready", sa.String(8), nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_scheduled_checks"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_scheduled_checks_device_id_devices"),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name="fk_scheduled_checks_occurrence_id_occurrences"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_scheduled_checks_room_id_rooms"),
        sa.UniqueConstraint("occurrence_id", "device_id", "ahead_minutes", name="uq_scheduled_checks_occurrence_id_device_id_ahead_minutes"),
    )
    op.create_table(
        "trial_calls",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.Integer, nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("asked_by", sa.Integer, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("steps", sa.JSON, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_trial_calls"),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_trial_calls_asked_by_users"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_trial_calls_device_id_devices"),
    )
    op.create_index("ix_trial_calls_device_id", "trial_calls", ["device_id"])
    op.create_index("ix_trial_calls_state", "trial_calls", ["state"])


def downgrade() -> None:
    for table in ("trial_calls", "scheduled_checks", "order_targets", "device_orders", "duty_turns", "alerts"):
        op.drop_table(table)
