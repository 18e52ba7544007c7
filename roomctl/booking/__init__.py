"""Conferences and the rooms they are held in."""
