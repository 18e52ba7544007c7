"""Changes of the trail's key, what witnesses signed, and how far checkpoints have travelled."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trail_key_changes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("epoch", sa.String(16), nullable=False),
        sa.Column("after", sa.Integer, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("by_former", sa.LargeBinary, nullable=False),
        sa.Column("by_new", sa.LargeBinary, nullable=False),
        sa.Column("former_public", sa.LargeBinary, nullable=False),
        sa.Column("new_public", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail_key_changes"),
    )
    op.create_table(
        "trail_cosignatures",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("witness", sa.String(200), nullable=False),
        sa.Column("epoch", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("public", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail_cosignatures"),
        sa.UniqueConstraint("witness", "epoch", "size", name="uq_trail_cosignatures_witness_epoch_size"),
    )
    op.create_table(
        "trail_deliveries",
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("epoch", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_trail_deliveries"),
    )


def downgrade() -> None:
    for table in ("trail_deliveries", "trail_cosignatures", "trail_key_changes"):
        op.drop_table(table)
