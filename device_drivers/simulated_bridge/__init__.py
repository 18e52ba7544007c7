"""A bridge that exists only in simulation, and says so: its proof counts for nothing real."""
