"""The documents of a conference: added, read, removed.  What a person typed never becomes a path or a type.

A document is looked at and scanned before the transaction that adds it; its name stands in no trail entry.
"""

import logging
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from flask import current_app

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.tables import Conference
from roomctl.config import Settings
from roomctl.database import db, lock_name, write_transaction
from roomctl.documents import agenda, folder, media, reach, scan, tables
from roomctl.documents.folder import Received
from roomctl.documents.tables import Document
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation.tables import User
from roomctl.typed import Typed

_log = logging.getLogger(__name__)
MB = 1024**2
LARGEST, LARGEST_TOGETHER, MOST_DOCUMENTS = 20 * MB, 100 * MB, 100
SWEPT_AFTER = timedelta(hours=1)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')  # Windows, where most of these files are opened, takes them in no name.
_FOLDER_LOCK = "the folder of documents"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as it is listed."""

    id: int
    name: str
    size: int
    scanned: bool
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A document as it is given to a reader."""

    path: Path
    name: str
    media_type: str


def documents_of(conference_id: int, *, by: User) -> list[Listed]:
    """Return a conference's documents for somebody who sees the conference in full; raise NotVisible."""
    reach.seen(by, conference_id)
    return [Listed(one.id, one.name, one.size, bool(one.scanned), one.added_at, one.adder.name) for one in tables.documents_of(conference_id)]


def opened(conference_id: int, document_id: int, *, by: User) -> Opened:
    """Return where a document lies and as what it is served; raise NotVisible, and Refused("document_lost") when its file is away."""
    reach.seen(by, conference_id)
    document = tables.document_of(conference_id, document_id)
    if document is None or document.removed_at is not None:
        raise NotVisible
    path = folder.folder_of(_settings()) / document.stored_as
    if not path.is_file():
        raise Refused("document_lost")
    return Opened(path, document.name, document.media_type)


def left_behind(conference_id: int, *, by: User) -> int:
    """Return how much agenda and how many documents a restricted conference still has; raise NotVisible."""
    conference_seen_by(by, conference_id)
    return len(tables.agenda_of(conference_id)) + tables.weight_of(conference_id)[0]


def add_document(conference_id: int, stream: BinaryIO, name: str, *, by: User) -> int:
    """Add a document and return its id; the same file under the same name is there once.

    Raises NotVisible, NotAllowed, Conflict("cancelled"), InvalidInput about "file", and Refused: no_documents_when_restricted,
    scan_failed, file_infected, document_not_stored.
    """
    reach.kept(by, conference_id)
    name = _clean_name(name)
    kind = media.kind_of(name)
    if kind is None:
        raise InvalidInput([Problem("file", "document_type_refused", (("endings", ", ".join(media.ENDINGS)),))])
    try:
        with folder.received(stream, folder.folder_of(_settings()), most=LARGEST) as received:
            _insist(kind, received)
            scanned = _scanned(conference_id, received, by)
            return _add(conference_id, received, name, kind, scanned, by)
    except folder.TooLarge as error:
        raise InvalidInput([Problem("file", "document_too_large", (("limit", LARGEST // MB),))]) from error
    except OSError as error:
        raise Refused("document_not_stored") from error


def _clean_name(raw: str) -> str:
    """Return a file's name as it is shown: NFC, without the folders that some browsers send before it."""
    typed, bare = Typed(), unicodedata.normalize("NFC", raw).replace("\\", "/").rpartition("/")[2]
    name = typed.line("file", _NOT_IN_NAMES.sub("_", bare), longest=200, missing="document_missing").strip(". ")
    typed.insist()
    return name


def _insist(kind: media.Kind, received: Received) -> None:
    if not received.size:
        raise InvalidInput([Problem("file", "document_empty")])
    with received.path.open("rb") as file:
        problem = kind.problem_with(file)
    if problem:
        raise InvalidInput([Problem("file", problem)])


def _scanned(conference_id: int, received: Received, by: User) -> str:
    """Return "clean", or nothing where no scanner is set up; nothing waits in the database meanwhile."""
    address = _settings().clamd
    if not address:
        return ""
    db.session.rollback()
    try:
        scan.scan(received.path, address)
    except scan.Infected as error:
        with write_transaction():
            conference = reach.kept(by, conference_id)
            trail.append(EventKind.DOCUMENT_REFUSED, actor=by.id, subject=conference.ref, unit=conference.unit_id, outcome="refused",
                         classification=conference.classification, sha256=received.sha256, size=received.size, signature=error.signature)
        raise Refused("file_infected", signature=error.signature) from error
    except scan.ScanFailed as error:
        _log.warning("a document was not scanned, and refused: %s", error)
        raise Refused("scan_failed") from error
    return "clean"


def _add(conference_id: int, received: Received, name: str, kind: media.Kind, scanned: str, by: User) -> int:
    with write_transaction() as session:
        conference = reach.kept(by, conference_id)
        lock_name(_FOLDER_LOCK)
        twin = next((one for one in tables.documents_of(conference.id) if (one.sha256, one.name) == (received.sha256, name)), None)
        if twin is not None:
            return twin.id
        count, weight = tables.weight_of(conference.id)
        if weight + received.size > LARGEST_TOGETHER:
            left = max(LARGEST_TOGETHER - weight, 0) // MB
            raise InvalidInput([Problem("file", "documents_too_large", (("limit", LARGEST_TOGETHER // MB), ("left", left)))])
        if count >= MOST_DOCUMENTS:
            raise InvalidInput([Problem("file", "too_many_documents", (("limit", MOST_DOCUMENTS),))])
        document = Document(conference_id=conference.id, name=name, media_type=kind.media_type, size=received.size, sha256=received.sha256,
                            stored_as=folder.give_name(received), scanned=scanned, added_at=clock.now(), added_by=by.id)
        session.add(document)
        session.flush()
        _note(EventKind.DOCUMENT_ADDED, document, conference, by)
        return document.id


def remove_document(conference_id: int, document_id: int, *, by: User) -> None:
    """Remove a document, from a restricted conference too: its row stays, its file goes.  Raises NotVisible and NotAllowed."""
    with write_transaction():
        conference = reach.emptied(by, conference_id)
        document = tables.document_of(conference.id, document_id)
        if document is None:
            raise NotVisible
        gone = _removed([document], conference, by)
    _unlink(gone)


def remove_everything(conference_id: int, *, by: User) -> None:
    """Remove the whole agenda and all documents of a conference, restricted or not.  Raises NotVisible and NotAllowed."""
    with write_transaction():
        conference = reach.emptied(by, conference_id)
        agenda.clear_within(conference, by=by)
        gone = _removed(tables.documents_of(conference.id), conference, by)
    _unlink(gone)


def _removed(documents: list[Document], conference: Conference, by: User) -> list[str]:
    for document in documents:
        if document.removed_at is None:
            document.removed_at = clock.now()
            _note(EventKind.DOCUMENT_REMOVED, document, conference, by)
    return [document.stored_as for document in documents]


def _unlink(names: list[str]) -> None:
    """Only after the commit: killed in between, the files are strays, and swept."""
    for name in names:
        (folder.folder_of(_settings()) / name).unlink(missing_ok=True)


def _note(kind: EventKind, document: Document, conference: Conference, by: User) -> None:
    trail.append(kind, actor=by.id, subject=document.ref, unit=conference.unit_id, classification=conference.classification,
                 sha256=document.sha256, size=document.size)


def sweep() -> None:
    """Remove the files that belong to no document and have lain there for an hour: what a kill has left."""
    place, now = folder.folder_of(_settings()), clock.now()
    if not folder.strays(place, in_use=set(), now=now, older_than=SWEPT_AFTER):
        return
    with write_transaction():
        lock_name(_FOLDER_LOCK)  # Nothing gets its name between our two looks, whatever the clock does meanwhile.
        for path in folder.strays(place, in_use=tables.names_in_use(), now=now, older_than=SWEPT_AFTER):
            path.unlink(missing_ok=True)


def _settings() -> Settings:
    return current_app.config["SETTINGS"]
