"""Tests of what technicians on duty look after."""
