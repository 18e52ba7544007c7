"""The agenda and the documents of a conference that is not restricted: reading both, keeping the agenda, removing."""

from datetime import datetime

from flask import Blueprint, Response, send_file
from pydantic import BaseModel, Field

from roomctl.documents import agenda, files
from roomctl.web.access import signed_in
from roomctl.web.api.operation import Id, Input, Line, Once, operation, read_anew

bp = Blueprint("documents", __name__, url_prefix="/documents/<int:conference_id>")
MOST_UNITS = 400


class SpeakingUnit(BaseModel):
    id: int
    name: str
    takes_part: bool = Field(description="False of one whose rooms have left the conference since.")


class Item(BaseModel):
    """One item; its units are in the order in which they speak."""

    id: int
    place: int
    title: str
    minutes: int = Field(description="0 where nothing was said.")
    starts: datetime | None = Field(description="Null where an item before it says no length.")
    units: list[SpeakingUnit]

    @classmethod
    def of(cls, one: agenda.Item) -> "Item":
        return cls(id=one.id, place=one.place, title=one.title, minutes=one.minutes, starts=one.starts_at,
                   units=[SpeakingUnit(id=unit.unit_id, name=unit.name, takes_part=unit.takes_part) for unit in one.speakers])


class Items(BaseModel):
    items: list[Item]


class Document(BaseModel):
    id: int
    name: str
    size: int
    scanned: bool
    added: datetime
    added_by: str


class Documents(BaseModel):
    items: list[Document]


class ItemFacts(Input):
    title: Line
    minutes: int = Field(0, ge=0, le=agenda.LONGEST_MIN)
    units: list[Id] = Field(default_factory=list, max_length=MOST_UNITS, description="Who speaks, in their order: units whose rooms take part.")

    def facts(self) -> agenda.ItemFacts:
        return agenda.ItemFacts(title=self.title, minutes=self.minutes, unit_ids=tuple(self.units))


class Place(Input):
    to: int = Field(ge=1, le=agenda.MOST_ITEMS, description="Counted from 1.")


@bp.get("/items")
@operation("The agenda, in its order", answer=Items, refusals=(404,))
def items(conference_id: int) -> Items:
    return _items(conference_id)


@bp.post("/items")
@operation("Add an item at the end", answer=Items, body=ItemFacts, headers=Once, refusals=(404, 409))
def add_item(conference_id: int, body: ItemFacts, headers: Once) -> Items:
    agenda.add_item(conference_id, body.facts(), by=signed_in(), key=headers.key_or_fresh())
    return _items(conference_id)


@bp.post("/items/<int:item_id>")
@operation("Change an item", answer=Items, body=ItemFacts, refusals=(404, 409))
def change_item(conference_id: int, item_id: int, body: ItemFacts) -> Items:
    agenda.change_item(conference_id, item_id, body.facts(), by=signed_in())
    return _items(conference_id)


@bp.post("/items/<int:item_id>/move")
@operation("Move an item to another place", answer=Items, body=Place, refusals=(404, 409))
def move_item(conference_id: int, item_id: int, body: Place) -> Items:
    agenda.move_item(conference_id, item_id, to=body.to, by=signed_in())
    return _items(conference_id)


@bp.post("/items/<int:item_id>/removal")
@operation("Remove an item", answer=Items, refusals=(404,))
def remove_item(conference_id: int, item_id: int) -> Items:
    agenda.remove_item(conference_id, item_id, by=signed_in())
    return _items(conference_id)


@bp.get("/files")
@operation("The documents, in the order in which they were added", answer=Documents, refusals=(404,))
def index(conference_id: int) -> Documents:
    return _documents(conference_id)


@bp.get("/files/<int:document_id>")
@operation("One document, to be saved", answer=None, refusals=(404, 422))
def download(conference_id: int, document_id: int) -> Response:
    document = files.opened(conference_id, document_id, by=signed_in())
    response = send_file(document.path, mimetype="application/octet-stream", as_attachment=True, download_name=document.name, conditional=False)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/files/<int:document_id>/removal")
@operation("Remove a document", answer=Documents, refusals=(404,))
def remove(conference_id: int, document_id: int) -> Documents:
    files.remove_document(conference_id, document_id, by=signed_in())
    return _documents(conference_id)


def _items(conference_id: int) -> Items:
    read_anew()
    return Items(items=[Item.of(one) for one in agenda.agenda_of(conference_id, by=signed_in())])


def _documents(conference_id: int) -> Documents:
    read_anew()
    return Documents(items=[Document(id=one.id, name=one.name, size=one.size, scanned=one.scanned, added=one.added_at, added_by=one.added_by)
                            for one in files.documents_of(conference_id, by=signed_in())])
