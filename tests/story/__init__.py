"""Proof of the story's own pieces."""
