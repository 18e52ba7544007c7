"""Rooms: what they are, how they are found, and how they are held while a booking is decided."""
