"""Programs that hold a token."""

import pytest

from roomctl.organisation import tokens


@pytest.fixture
def program(app):
    """Return a program that acts for a person: a client with their token, and what it answers as JSON."""

    def of(user, language: str = "vi"):
        token = tokens.add_token(user.username, name="a test")
        client = app.test_client()

        def send(method: str, path: str, **kwargs):
            headers = {"Authorization": f"Bearer {token}", "Accept-Language": language, **kwargs.pop("headers", {})}
            return client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

        send.token = token
        return send

    return of


@pytest.fixture
def wanted(place):
    """Return the body of a good request for a conference."""

    def body(**facts) -> dict:
        return {"start": "2027-03-02T08:00:00+07:00", "end": "2027-03-02T09:00:00+07:00", "rooms": [place.hall.id, place.room.id],
                "chair": place.chair.username, "profile": place.profile.key, "title": "Giao ban tuần", **facts}

    return body
