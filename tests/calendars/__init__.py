"""Tests of calendar files and feeds."""
