"""Tests of agendas and documents."""
