"""Series of dates, what may differ on one of them, days off, and forms that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conferences", sa.Column("rule", sa.String(500), nullable=False, server_default=""))
    op.add_column("conferences", sa.Column("wall_start", sa.String(16), nullable=False, server_default=""))
    op.add_column("conferences", sa.Column("on_day_off", sa.String(8), nullable=False, server_default="keep"))
    # Said in SQL: Alembic gives a SQLite table a foreign key only by rebuilding it, and that drops triggers.
    op.execute("ALTER TABLE conferences ADD COLUMN divided_from_id INTEGER "
               "CONSTRAINT fk_conferences_divided_from_id_conferences REFERENCES conferences (id)")
    for name, kind, default in (("cancel_reason", sa.String(500), ""), ("left_out", sa.String(16), ""), ("title", sa.String(300), "")):
        op.add_column("occurrences", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("occurrences", sa.Column("slot_at", sa.DateTime(timezone=True)))
    op.add_column("occurrences", sa.Column("changed_at", sa.DateTime(timezone=True)))
    op.add_column("occurrences", sa.Column("reminders", sa.Integer, nullable=False, server_default="0"))
    op.execute("ALTER TABLE occurrences ADD COLUMN chair_id INTEGER CONSTRAINT fk_occurrences_chair_id_users REFERENCES users (id)")
    own = sa.text("chair_id IS NOT NULL")
    op.create_index("ix_occurrences_own_chair", "occurrences", ["chair_id"], sqlite_where=own, postgresql_where=own)
    op.create_table(
        "special_days",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("worked", sa.Boolean, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_special_days"),
    )
    op.create_table(
        "saved_forms",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.Integer),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_forms"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_forms_user_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_saved_forms_unit_id_units"),
    )
    op.create_index("ix_saved_forms_user_id", "saved_forms", ["user_id"])
    op.create_index("ix_saved_forms_unit_id", "saved_forms", ["unit_id"])


def downgrade() -> None:
    op.drop_table("saved_forms")
    op.drop_table("special_days")
    op.drop_index("ix_occurrences_own_chair", "occurrences")
    for name in ("chair_id", "reminders", "changed_at", "slot_at", "title", "left_out", "cancel_reason"):
        op.drop_column("occurrences", name)
    for name in ("divided_from_id", "on_day_off", "wall_start", "rule"):
        op.drop_column("conferences", name)
