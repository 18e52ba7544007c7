"""A trail of nine entries, sealed after the third, sixth and ninth, and a way to tamper with it behind our back."""

import json

import pytest
from sqlalchemy import text

from roomctl.audit import chain, trail, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction

ENTRIES, SEALED_EVERY = 9, 3


class KeptTrail:
    """What an officer holds (key and anchor), and what somebody with the database's password can do."""

    def __init__(self, app) -> None:
        self.settings = app.config["SETTINGS"]
        for number in range(1, ENTRIES + 1):
            with write_transaction():
                trail.append(EventKind.SIGNED_IN, actor=number, subject=f"user:{number}", note=f"Lần {number}")
            if number % SEALED_EVERY == 0:
                trail.checkpoint()
        self.key = verify.fingerprint(trail.public_key(self.settings))
        self.anchor = verify.read_anchor(str(trail.anchor_file(self.settings)))

    def sql(self, statement: str, **values) -> None:
        with db.engine.begin() as connection:
            connection.execute(text(statement), values)

    def rows(self, statement: str, **values) -> list:
        with db.engine.connect() as connection:
            return list(connection.execute(text(statement), values))

    def rewrite_heads(self) -> None:
        """Make every head follow from the headers again, as a forger who knows the rule would."""
        head = chain.first_head(self.rows("SELECT epoch FROM trail_epochs")[0].epoch)
        for row in self.rows("SELECT id, header FROM trail_entries ORDER BY seq"):
            before, head = head, chain.next_head(head, chain.leaf_of(row.header))
            self.sql("UPDATE trail_entries SET prev = :prev, head = :head WHERE id = :id", prev=f"free{row.id}", head=head, id=row.id)
            self.sql("UPDATE trail_entries SET prev = :prev WHERE id = :id", prev=before, id=row.id)

    def forge_header(self, seq: int, /, **changed) -> None:
        """Change facts in one entry's header, keeping it well-formed."""
        header = json.loads(self.rows("SELECT header FROM trail_entries WHERE seq = :seq", seq=seq)[0].header)
        self.sql("UPDATE trail_entries SET header = :header WHERE seq = :seq", header=chain.canonical({**header, **changed}), seq=seq)

    def bundle(self) -> dict:
        db.session.rollback()
        return trail.whole_trail()

    def check(self, *, key: str | None = "", anchor: list[dict] | None = ...) -> verify.Result:
        """Verify with the officer's key and anchor, or with what is given instead."""
        return verify.check(self.bundle(), key=self.key if key == "" else key, anchor=self.anchor if anchor is ... else anchor)


@pytest.fixture
def kept(app, set_clock) -> KeptTrail:
    return KeptTrail(app)
