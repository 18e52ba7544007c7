"""Agenda and files of unrestricted conferences."""
