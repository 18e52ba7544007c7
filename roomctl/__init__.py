"""roomctl: books the rooms of a teleconference, starts it securely, and proves afterwards how secure it was."""

__version__ = "0.4.0"
