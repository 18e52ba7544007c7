"""Published weeks, agendas, and what is known of each file."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "week_publications",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.Integer, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("week", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer, nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("lines", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_week_publications"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_week_publications_unit_id_units"),
        sa.ForeignKeyConstraint(["published_by"], ["users.id"], name="fk_week_publications_published_by_users"),
        sa.UniqueConstraint("unit_id", "year", "week", "version", name="uq_week_publications_unit_id_year_week_version"),
    )
    op.create_table(
        "agenda_items",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conference_id", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_items"),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name="fk_agenda_items_conference_id_conferences"),
    )
    op.create_index("ix_agenda_items_conference_id", "agenda_items", ["conference_id"])
    op.create_table(
        "agenda_speakers",
        sa.Column("item_id", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "place", name="pk_agenda_speakers"),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_items.id"], name="fk_agenda_speakers_item_id_agenda_items"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_agenda_speakers_unit_id_units"),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conference_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stored_as", sa.String(64), nullable=False),
        sa.Column("scanned", sa.String(16), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer, nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name="fk_documents_conference_id_conferences"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_documents_added_by_users"),
        sa.UniqueConstraint("stored_as", name="uq_documents_stored_as"),
    )
    op.create_index("ix_documents_conference", "documents", ["conference_id"])


def downgrade() -> None:
    for table in ("documents", "agenda_speakers", "agenda_items", "week_publications"):
        op.drop_table(table)
