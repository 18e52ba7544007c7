"""How old and how SNMP devices are reached, what devices report, and what people keep of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("ssh_legacy", sa.String(16), nullable=False, server_default="none"))
    op.add_column("devices", sa.Column("ssh_legacy_reason", sa.String(300), nullable=False, server_default=""))
    op.add_column("devices", sa.Column("changed_at", sa.DateTime(timezone=True)))
    op.add_column("devices", sa.Column("probe_every_s", sa.Integer, nullable=False, server_default="60"))
    op.create_table(
        "snmp_access",
        sa.Column("device_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("version", sa.String(4), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("auth", sa.String(16), nullable=False),
        sa.Column("priv", sa.String(16), nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("exception_reason", sa.String(300), nullable=False),
        sa.Column("exception_until", sa.DateTime(timezone=True)),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected", sa.JSON, nullable=False),
        sa.Column("engine_id", sa.String(64), nullable=False),
        sa.Column("quirks", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_snmp_access"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_snmp_access_device_id_devices"),
    )
    op.create_table(
        "unknown_engines",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("engine_id", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unknown_engines"),
        sa.UniqueConstraint("engine_id", "address", name="uq_unknown_engines_engine_id_address"),
    )
    op.create_table(
        "device_links",
        sa.Column("device_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("upstream_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_links"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_links_device_id_devices"),
        sa.ForeignKeyConstraint(["upstream_id"], ["devices.id"], name="fk_device_links_upstream_id_devices"),
    )
    op.create_index("ix_device_links_upstream_id", "device_links", ["upstream_id"])
    op.create_table(
        "device_readings",
        sa.Column("device_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readings", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_readings"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_readings_device_id_devices"),
    )
    op.create_table(
        "reading_history",
        sa.Column("device_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("step", sa.String(1), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("device_id", "step", "at", name="pk_reading_history"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_reading_history_device_id_devices"),
    )
    op.create_index("ix_reading_history_step_at", "reading_history", ["step", "at"])
    op.create_table(
        "device_changes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("fault", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_device_changes"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_changes_device_id_devices"),
    )
    op.create_index("ix_device_changes_device_at", "device_changes", ["device_id", "at"])
    op.create_table(
        "probe_wishes",
        sa.Column("device_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_probe_wishes"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_probe_wishes_device_id_devices"),
    )
    op.create_table(
        "inventory_cards",
        sa.Column("device_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("asset_number", sa.String(64), nullable=False),
        sa.Column("serial", sa.String(64), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("bought_on", sa.Date),
        sa.Column("warranty_until", sa.Date),
        sa.Column("maintained_on", sa.Date),
        sa.Column("maintain_every_months", sa.Integer, nullable=False),
        sa.Column("inspected_on", sa.Date),
        sa.Column("inspection", sa.String(300), nullable=False),
        sa.Column("responsible_id", sa.Integer),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_inventory_cards"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_inventory_cards_device_id_devices"),
        sa.ForeignKeyConstraint(["responsible_id"], ["users.id"], name="fk_inventory_cards_responsible_id_users"),
    )
    op.create_table(
        "approved_firmware",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("firmware", sa.String(120), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_approved_firmware"),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name="fk_approved_firmware_approved_by_users"),
        sa.UniqueConstraint("family", "model", "firmware", name="uq_approved_firmware_family_model_firmware"),
    )
    op.create_table(
        "config_backups",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.Integer, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_config_backups"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_config_backups_device_id_devices"),
    )
    op.create_index("ix_config_backups_device_taken", "config_backups", ["device_id", "taken_at"])
    op.create_table(
        "password_rotations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("device_id", sa.Integer, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("nonce", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_password_rotations"),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_password_rotations_asked_by_users"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_password_rotations_device_id_devices"),
    )
    op.create_index("ix_password_rotations_device_id", "password_rotations", ["device_id"])


def downgrade() -> None:
    for table in ("password_rotations", "config_backups", "approved_firmware", "inventory_cards", "probe_wishes", "device_changes",
                  "reading_history", "device_readings", "device_links", "unknown_engines", "snmp_access"):
        op.drop_table(table)
    for column in ("probe_every_s", "changed_at", "ssh_legacy_reason", "ssh_legacy"):
        op.drop_column("devices", column)
