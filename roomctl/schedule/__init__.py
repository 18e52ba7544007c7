"""The weekly schedule as it is published and printed, and what the reports say of the use of rooms."""
