"""Simulated devices over real SSH, for tests, demonstration and training; each can have bad days."""
