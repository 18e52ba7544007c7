"""Proof with real rooms."""
