"""What must always be true of documents and their files.  `roomctl check` asks."""

from collections.abc import Mapping

from flask import current_app

from roomctl.documents import folder, tables


def read_folder() -> dict[str, int]:
    """Return how large each file is.  Read before the rows are: what is missing then and afterwards is missing."""
    return folder.sizes(folder.folder_of(current_app.config["SETTINGS"]))


def checked(before: Mapping[str, int]) -> dict[str, list[str]]:
    """Return each promise with a sentence for everything that breaks it."""
    rows, now = tables.all_documents(), read_folder()
    astray = [row for row in rows if row.size not in (before.get(row.stored_as), now.get(row.stored_as))]
    return {"Every document that was not removed has its file, as large as it was.":
            [f"document:{row.id} has no file {row.stored_as} of {row.size} bytes." for row in astray]}
