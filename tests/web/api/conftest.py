"""What programs send."""

import pytest


@pytest.fixture
def wanted(place):
    """Return the body of a good request for a conference."""

    def body(**facts) -> dict:
        return {"start": "2027-03-02T08:00:00+07:00", "end": "2027-03-02T09:00:00+07:00", "rooms": [place.hall.id, place.room.id],
                "chair": place.chair.username, "profile": place.profile.key, "title": "Giao ban tuần", **facts}

    return body
