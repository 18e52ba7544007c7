"""Pages, arranged by the person they serve."""

from flask import Flask


def register(app: Flask) -> None:
    """Give the application its pages."""
