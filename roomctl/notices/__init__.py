"""Notices: what a person must be told, kept with the change that caused it."""
