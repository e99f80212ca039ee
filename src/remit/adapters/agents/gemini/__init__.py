"""Gemini CLI, as far as its records are read."""
