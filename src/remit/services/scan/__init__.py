"""Reads past sessions where they lie, and says what they cost."""
