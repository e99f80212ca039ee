"""Loops of an agent: the same calls with the same results, found without looking at a clock."""
