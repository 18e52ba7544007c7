"""Lifesize 220 series codecs (Team, Express and Room 220, Passport): the command shell of the account "auto" over SSH."""
