"""Who was invited and what they answered, notices that are mailed too, and calendar feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("conference_id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conference_id", "user_id", name="pk_invitations"),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name="fk_invitations_conference_id_conferences"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_invitations_user_id_users"),
    )
    op.create_index("ix_invitations_user_id", "invitations", ["user_id"])
    op.add_column("notices", sa.Column("conference_id", sa.Integer))
    op.add_column("notices", sa.Column("times", sa.Integer, nullable=False, server_default="1"))
    op.add_column("notices", sa.Column("mail_due_at", sa.DateTime(timezone=True)))
    op.add_column("notices", sa.Column("mail_tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("notices", sa.Column("mailed_at", sa.DateTime(timezone=True)))
    op.add_column("notices", sa.Column("mail_error", sa.String(200), nullable=False, server_default=""))
    op.create_index("ix_notices_mail_due_at", "notices", ["mail_due_at"])
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_calendar_feeds_user_id_users"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feeds_token_hash"),
    )
    op.create_index("ix_calendar_feeds_user_id", "calendar_feeds", ["user_id"])


def downgrade() -> None:
    op.drop_table("calendar_feeds")
    op.drop_index("ix_notices_mail_due_at", "notices")
    for name in ("mail_error", "mailed_at", "mail_tries", "mail_due_at", "times", "conference_id"):
        op.drop_column("notices", name)
    op.drop_table("invitations")
