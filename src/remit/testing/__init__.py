"""Doubles for tests and the demo: a scripted model, a frozen clock, seeded ids."""
