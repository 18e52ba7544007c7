"""Cisco CE / RoomOS codecs: xAPI over SSH."""
