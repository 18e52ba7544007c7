"""Tests of schedules and reports."""
