"""Units keep every name they had and say who took them over; a password may wait to be changed.

Structure and its first data together: a unit without any name would be one whose past cannot be read.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UNITS = sa.table("units", sa.column("id"), sa.column("name"), sa.column("folded_name"))
_USERS = sa.table("users", sa.column("id"), sa.column("name"), sa.column("folded_name"))
_ROOMS = sa.table("rooms", sa.column("id"), sa.column("name"), sa.column("folded_name"))


def upgrade() -> None:
    op.create_table(
        "unit_names",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_unit_names"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_unit_names_unit_id_units"),
    )
    op.create_index("ix_unit_names_unit_id", "unit_names", ["unit_id"])
    # Said in SQL: Alembic gives a SQLite table a foreign key only by rebuilding it, and that drops triggers.
    op.execute("ALTER TABLE units ADD COLUMN successor_id INTEGER CONSTRAINT fk_units_successor_id_units REFERENCES units (id)")
    op.create_index("ix_units_successor_id", "units", ["successor_id"])
    op.add_column("units", sa.Column("folded_name", sa.String(420), nullable=False, server_default=""))
    op.add_column("users", sa.Column("folded_name", sa.String(420), nullable=False, server_default=""))
    op.add_column("users", sa.Column("must_change_password", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("INSERT INTO unit_names (unit_id, name, valid_from, valid_until) SELECT id, name, valid_from, valid_until FROM units")
    # A room is found by its own name and its unit's; the unit's is from now on read where it is kept, so that it may change.
    for table in (_UNITS, _USERS, _ROOMS):
        _fold(table)


def downgrade() -> None:
    op.execute("UPDATE rooms SET folded_name = folded_name || ' ' || (SELECT folded_name FROM units WHERE units.id = rooms.unit_id)")
    op.drop_column("users", "must_change_password")
    op.drop_column("users", "folded_name")
    op.drop_column("units", "folded_name")
    op.drop_index("ix_units_successor_id", "units")
    op.drop_column("units", "successor_id")
    op.drop_table("unit_names")


def _fold(table: sa.TableClause) -> None:
    bind = op.get_bind()
    rows = [{"row": row_id, "folded": _folded(name)} for row_id, name in bind.execute(sa.select(table.c.id, table.c.name))]
    if rows:
        bind.execute(sa.update(table).where(table.c.id == sa.bindparam("row")).values(folded_name=sa.bindparam("folded")), rows)


def _folded(text: str) -> str:
    """Fold a name as roomctl.text did when this migration was written."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
