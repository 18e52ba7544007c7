"""What the chair wants of a session beside its calls, which way each leg goes, and legs that are no room's."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for column in (
        sa.Column("topology", sa.String(16), nullable=False, server_default="bridge"),
        sa.Column("stranger_at", sa.String(200), nullable=False, server_default=""),
        sa.Column("all_muted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("floor_leg_id", sa.Integer),
        sa.Column("speaking_order", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("lock_wanted", sa.Boolean),
        sa.Column("locked", sa.String(8), nullable=False, server_default="unknown"),
        sa.Column("lock_read_at", moment),
    ):
        op.add_column("sessions", column)
    op.execute("UPDATE sessions SET stranger_at = bridge_address WHERE stranger <> ''")
    with op.batch_alter_table("legs") as table:
        table.alter_column("room_id", existing_type=sa.Integer, nullable=True)
        table.add_column(sa.Column("kind", sa.String(8), nullable=False, server_default="room"))
        table.add_column(sa.Column("name", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("bridge_id", sa.Integer, sa.ForeignKey("devices.id", name="fk_legs_bridge_id_devices")))
        table.add_column(sa.Column("bridge_address", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("own_address", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("mute_wanted", sa.Boolean))
        table.add_column(sa.Column("muted", sa.String(8), nullable=False, server_default="unknown"))
        table.add_column(sa.Column("mute_read_at", moment))
        table.add_column(sa.Column("mute_due_at", moment))
    op.execute("UPDATE legs SET bridge_id = (SELECT bridge_id FROM sessions WHERE sessions.id = legs.session_id), "
               "bridge_address = (SELECT bridge_address FROM sessions WHERE sessions.id = legs.session_id), "
               "own_address = (SELECT dial_address FROM devices WHERE devices.id = legs.device_id)")
    op.create_table(
        "session_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("sent_at", moment, nullable=False),
        sa.Column("sent_by", sa.Integer, sa.ForeignKey("users.id")),
    )
    op.create_index("ix_session_messages_session_id", "session_messages", ["session_id"])
    op.create_table(
        "message_deliveries",
        sa.Column("message_id", sa.Integer, sa.ForeignKey("session_messages.id"), primary_key=True, autoincrement=False),
        sa.Column("leg_id", sa.Integer, sa.ForeignKey("legs.id"), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_index("ix_message_deliveries_leg_id", "message_deliveries", ["leg_id"])
    op.create_table(
        "roll_calls",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("called_at", moment, nullable=False),
        sa.Column("called_by", sa.Integer, sa.ForeignKey("users.id")),
        sa.UniqueConstraint("session_id", "number", name="uq_roll_calls_session_id_number"),
    )
    op.create_table(
        "roll_marks",
        sa.Column("roll_call_id", sa.Integer, sa.ForeignKey("roll_calls.id"), primary_key=True, autoincrement=False),
        sa.Column("leg_id", sa.Integer, sa.ForeignKey("legs.id"), primary_key=True, autoincrement=False),
        sa.Column("shown", sa.String(16), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
    )


def downgrade() -> None:
    for table in ("roll_marks", "roll_calls", "message_deliveries", "session_messages"):
        op.drop_table(table)
    # Legs of no room cannot be kept in the former shape, nor what hangs on them.
    gone = "(SELECT id FROM legs WHERE room_id IS NULL)"
    for table in ("leg_checks", "gaps", "overrides"):
        op.execute(f"DELETE FROM {table} WHERE leg_id IN {gone}")  # noqa: S608 - names of our own
    op.execute("DELETE FROM legs WHERE room_id IS NULL")
    with op.batch_alter_table("legs") as table:
        for column in ("mute_due_at", "mute_read_at", "muted", "mute_wanted", "own_address", "bridge_address", "bridge_id", "name", "kind"):
            table.drop_column(column)
        table.alter_column("room_id", existing_type=sa.Integer, nullable=False)
    for column in ("lock_read_at", "locked", "lock_wanted", "speaking_order", "floor_leg_id", "all_muted", "stranger_at", "topology"):
        op.drop_column("sessions", column)
