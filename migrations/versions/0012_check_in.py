"""Who has come to a room that was booked alone, and whom its panel has called."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ASKED = sa.text("check_in_asked_at IS NOT NULL AND checked_in_at IS NULL")
_IN_USE = sa.text("checked_in_at IS NOT NULL AND actual_end_at IS NULL")


def upgrade() -> None:
    op.add_column("occurrences", sa.Column("check_in_asked_at", sa.DateTime(timezone=True)))
    op.add_column("occurrences", sa.Column("checked_in_at", sa.DateTime(timezone=True)))
    op.add_column("occurrences", sa.Column("checked_in_by", sa.String(16), nullable=False, server_default=""))
    op.create_index("ix_occurrences_asked", "occurrences", ["check_in_asked_at"], sqlite_where=_ASKED, postgresql_where=_ASKED)
    op.create_index("ix_occurrences_in_use", "occurrences", ["planned_end_at"], sqlite_where=_IN_USE, postgresql_where=_IN_USE)
    op.add_column("panels", sa.Column("called_at", sa.DateTime(timezone=True)))
    op.add_column("panels", sa.Column("called_people", sa.String(300), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("panels", "called_people")
    op.drop_column("panels", "called_at")
    op.drop_index("ix_occurrences_in_use", "occurrences")
    op.drop_index("ix_occurrences_asked", "occurrences")
    for name in ("checked_in_by", "checked_in_at", "check_in_asked_at"):
        op.drop_column("occurrences", name)
