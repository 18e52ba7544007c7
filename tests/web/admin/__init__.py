"""Tests of the pages of administrators."""
