"""Overrides by a second person, attestations, what clocks said, and who viewed a classified conference."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    # A version that was made before overrides were thought of allows none, and asks for no attestation.
    op.add_column("security_profiles", sa.Column("overridable", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("security_profiles", sa.Column("attestations", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("legs", sa.Column("lacks", sa.String(40), nullable=False, server_default=""))
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("leg_id", sa.Integer, sa.ForeignKey("legs.id"), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("finding", sa.String(40), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("accepts", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("asked_by", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("asked_from_room_id", sa.Integer, sa.ForeignKey("rooms.id")),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("decided_by", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("decided_at", moment),
        sa.Column("decision_reason", sa.String(500), nullable=False),
        sa.Column("used_at", moment),
        sa.Column("ended_at", moment),
        sa.Column("ended_why", sa.String(40), nullable=False),
    )
    op.create_index("ix_overrides_session_id", "overrides", ["session_id"])
    op.create_index("ix_overrides_asked_at", "overrides", ["asked_at"])
    op.create_index("uq_overrides_open", "overrides", ["leg_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "attestations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("units.id"), nullable=False),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id")),
        sa.Column("serial", sa.String(120), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("attested_by", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("attested_at", moment, nullable=False),
        sa.Column("valid_until_at", moment, nullable=False),
        sa.Column("withdrawn_at", moment),
        sa.Column("withdrawn_by", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("withdraw_reason", sa.String(300), nullable=False),
    )
    op.create_index("ix_attestations_unit_id", "attestations", ["unit_id"])
    op.create_index("ix_attestations_room_id", "attestations", ["room_id"])
    op.create_table(
        "clock_spans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("trusted", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("offset_ms", sa.BigInteger),
        sa.Column("error_ms", sa.BigInteger),
        sa.Column("step_ms", sa.BigInteger),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("until_at", moment, nullable=False),
    )
    op.create_index("ix_clock_spans_host", "clock_spans", ["host", "id"])
    op.create_table(
        "conference_views",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("conference_id", sa.Integer, sa.ForeignKey("conferences.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
    )


def downgrade() -> None:
    for name in ("conference_views", "clock_spans", "attestations", "overrides"):
        op.drop_table(name)
    op.drop_column("legs", "lacks")
    op.drop_column("security_profiles", "attestations")
    op.drop_column("security_profiles", "overridable")
