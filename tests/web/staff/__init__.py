"""Tests of the pages of office staff and approvers."""
