"""The rooms' locks: who books holds them, and stands in nobody else's way."""

import psycopg
import pytest
from builders import Place
from sqlalchemy import make_url

from roomctl.database import write_transaction
from roomctl.rooms.tables import lock_rooms


@pytest.fixture
def place(app_on, set_clock) -> Place:
    return Place()


@pytest.fixture
def other(place, engine_url):
    """Another connection, which waits for nobody."""
    with psycopg.connect(make_url(engine_url.replace("+psycopg", "")).render_as_string(), autocommit=True) as connection:
        connection.execute("SET lock_timeout = 100")
        yield connection


on_postgresql = pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)


@on_postgresql
def test_whoever_books_a_room_keeps_others_from_booking_it(place, other):
    with write_transaction():
        lock_rooms([place.hall.id])

        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT id FROM rooms WHERE id = %s FOR NO KEY UPDATE", [place.hall.id])


@on_postgresql
def test_whoever_books_a_room_keeps_no_session_from_starting_in_it(place, other):
    with write_transaction():
        lock_rooms([place.hall.id])

        # What a foreign key asks of the room when a leg is added.
        assert other.execute("SELECT id FROM rooms WHERE id = %s FOR KEY SHARE", [place.hall.id]).fetchone() == (place.hall.id,)
