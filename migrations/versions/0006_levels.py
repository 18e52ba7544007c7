"""Mandatory conferences, replaced and displaced reservations, lent roles, and what rooms ask of a booking."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conferences", sa.Column("mandatory_at", sa.DateTime(timezone=True)))
    # Said in SQL: Alembic gives a SQLite table a foreign key only by rebuilding it, and that drops triggers.
    for table, column, target in (("conferences", "mandatory_by", "users"), ("reservations", "replaces_id", "reservations"),
                                  ("reservations", "displaced_by_id", "occurrences"), ("role_grants", "lent_by", "users")):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)")
    op.add_column("reservations", sa.Column("change", sa.String(16), nullable=False, server_default="new"))
    op.add_column("reservations", sa.Column("contact_name", sa.String(200), nullable=False, server_default=""))
    op.add_column("reservations", sa.Column("contact_phone", sa.String(40), nullable=False, server_default=""))
    op.drop_index("ix_reservations_room_held", "reservations")
    op.create_index("ix_reservations_room_held", "reservations", ["room_id", "held_start_at", "held_end_at", "state"])
    undecided = sa.text("state IN ('requested', 'waiting')")
    op.create_index("ix_reservations_undecided", "reservations", ["state"], sqlite_where=undecided, postgresql_where=undecided)
    op.add_column("role_grants", sa.Column("valid_from_at", sa.DateTime(timezone=True)))
    op.add_column("role_grants", sa.Column("valid_until_at", sa.DateTime(timezone=True)))
    for name, default in (("opens_min", "0"), ("closes_min", "1440"), ("ahead_days", "740")):
        op.add_column("rooms", sa.Column(name, sa.Integer, nullable=False, server_default=default))
    op.add_column("rooms", sa.Column("open_days", sa.String(7), nullable=False, server_default="1234567"))
    op.add_column("rooms", sa.Column("equipment", sa.String(200), nullable=False, server_default=""))
    op.create_table(
        "maintenance_windows",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("room_id", sa.Integer, nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("made_by", sa.Integer),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance_windows"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_maintenance_windows_room_id_rooms"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_maintenance_windows_made_by_users"),
        sa.CheckConstraint("end_at > start_at", name="ck_maintenance_windows_span"),
    )
    op.create_index("ix_maintenance_windows_room_start", "maintenance_windows", ["room_id", "start_at"])
    op.create_table(
        "room_groups",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.Integer),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_room_groups"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_room_groups_user_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_room_groups_unit_id_units"),
    )
    op.create_index("ix_room_groups_user_id", "room_groups", ["user_id"])
    op.create_index("ix_room_groups_unit_id", "room_groups", ["unit_id"])
    op.create_table(
        "room_group_rooms",
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("room_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "room_id", name="pk_room_group_rooms"),
        sa.ForeignKeyConstraint(["group_id"], ["room_groups.id"], name="fk_room_group_rooms_group_id_room_groups"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_room_group_rooms_room_id_rooms"),
    )


def downgrade() -> None:
    for table in ("room_group_rooms", "room_groups", "maintenance_windows"):
        op.drop_table(table)
    op.drop_index("ix_reservations_undecided", "reservations")
    op.drop_index("ix_reservations_room_held", "reservations")
    op.create_index("ix_reservations_room_held", "reservations", ["room_id", "held_start_at"])
    for name in ("equipment", "open_days", "ahead_days", "closes_min", "opens_min"):
        op.drop_column("rooms", name)
    for table, columns in (("role_grants", ("lent_by", "valid_until_at", "valid_from_at")),
                           ("reservations", ("displaced_by_id", "replaces_id", "contact_phone", "contact_name", "change")),
                           ("conferences", ("mandatory_by", "mandatory_at"))):
        for name in columns:
            op.drop_column(table, name)
