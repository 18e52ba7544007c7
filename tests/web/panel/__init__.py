"""Tests of the panel on a room's wall or table."""
