"""Ports and addresses of bridges are held for a conference from its booking on."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_HELD = sa.text("released_at IS NULL")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "bridge_ports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("occurrence_id", sa.Integer, sa.ForeignKey("occurrences.id"), nullable=False),
        sa.Column("bridge_id", sa.Integer, sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("ports", sa.Integer, nullable=False),
        sa.Column("upper_id", sa.Integer, sa.ForeignKey("bridge_ports.id")),
        sa.Column("held_start_at", moment, nullable=False),
        sa.Column("held_end_at", moment, nullable=False),
        sa.Column("released_at", moment),
        sa.CheckConstraint("held_end_at > held_start_at", name=op.f("ck_bridge_ports_span")),
        sa.CheckConstraint("ports > 0", name=op.f("ck_bridge_ports_ports")),
    )
    op.create_index("ix_bridge_ports_occurrence_id", "bridge_ports", ["occurrence_id"])
    op.create_index("ix_bridge_ports_held", "bridge_ports", ["bridge_id", "held_start_at", "held_end_at"],
                    sqlite_where=_HELD, postgresql_where=_HELD)
    op.create_index("uq_bridge_ports_held_once", "bridge_ports", ["occurrence_id", "bridge_id"], unique=True,
                    sqlite_where=_HELD, postgresql_where=_HELD)


def downgrade() -> None:
    op.drop_table("bridge_ports")
