"""Tests of tables that come in and go out."""
