"""Two active reservations of a room never overlap: the database itself refuses.

PostgreSQL does it with an exclusion constraint, SQLite with triggers on INSERT and UPDATE.  A SQLite table that is
rebuilt (Alembic's batch mode) loses its triggers silently: whoever does that makes them again.

Nothing is held for longer than 7 days with 6 hours of setup and 6 of teardown, so the trigger reads 8 days of the
index and no more.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TRIGGER = """
CREATE TRIGGER reservations_overlap_{event} BEFORE {when} ON reservations
WHEN NEW.state IN ('requested', 'granted')
BEGIN
    SELECT RAISE(ABORT, 'room_already_reserved') WHERE EXISTS (
        SELECT 1 FROM reservations taken
        WHERE taken.room_id = NEW.room_id AND taken.id IS NOT NEW.id AND taken.state IN ('requested', 'granted')
          AND taken.held_start_at < NEW.held_end_at AND taken.held_end_at > NEW.held_start_at
          AND taken.held_start_at > datetime(NEW.held_start_at, '-8 days')
    );
END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(
            "ALTER TABLE reservations ADD CONSTRAINT ex_reservations_overlap EXCLUDE USING gist "
            "(room_id WITH =, tstzrange(held_start_at, held_end_at, '[)') WITH &&) WHERE (state IN ('requested', 'granted'))"
        )
        op.execute("ALTER TABLE reservations ADD CONSTRAINT ck_reservations_length CHECK (held_end_at - held_start_at < interval '8 days')")
    else:
        op.execute(_TRIGGER.format(event="insert", when="INSERT"))
        op.execute(_TRIGGER.format(event="update", when="UPDATE OF room_id, state, held_start_at, held_end_at"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE reservations DROP CONSTRAINT ck_reservations_length")
        op.execute("ALTER TABLE reservations DROP CONSTRAINT ex_reservations_overlap")
    else:
        op.execute("DROP TRIGGER reservations_overlap_insert")
        op.execute("DROP TRIGGER reservations_overlap_update")
