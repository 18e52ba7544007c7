"""Addresses under which a calendar program reads what one may see."""

from datetime import datetime

from flask import Blueprint, url_for
from pydantic import BaseModel, Field

from roomctl.calendars import feeds
from roomctl.web.access import signed_in
from roomctl.web.api.operation import Input, operation, read_anew

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


class Feed(BaseModel):
    id: int
    subject: str
    name: str = Field(description="Of what it shows; empty for what may not be seen any more.")
    created: datetime


class Feeds(BaseModel):
    items: list[Feed]


class NewFeed(Input):
    subject: str = Field(pattern=r"^(me|(room|unit):[1-9][0-9]{0,8})$", description='"me", "room:7" or "unit:3".')


class MadeFeed(BaseModel):
    """The address is the credential: it is told this once, and only its digest is kept."""

    address: str


@bp.get("")
@operation("The addresses of the token's person, the latest first", answer=Feeds)
def index() -> Feeds:
    return _feeds()


@bp.post("")
@operation("Make an address and tell it, this once", answer=MadeFeed, status=201, body=NewFeed)
def make(body: NewFeed) -> MadeFeed:
    return MadeFeed(address=url_for("public.feeds.show", token=feeds.make_feed(body.subject, by=signed_in()), _external=True))


@bp.post("/<int:feed_id>/revocation")
@operation("Revoke one of one's own addresses; it is dead at once", answer=Feeds, refusals=(404,))
def revoke(feed_id: int) -> Feeds:
    feeds.revoke_feed(feed_id, by=signed_in())
    return _feeds()


def _feeds() -> Feeds:
    read_anew()
    return Feeds(items=[Feed(id=row.id, subject=row.subject, name=name, created=row.created_at) for row, name in feeds.feeds_of(signed_in())])
