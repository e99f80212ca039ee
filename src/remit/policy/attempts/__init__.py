"""Attempts: which runs of a check end one, what it taught, and whether another may follow. Pure."""
