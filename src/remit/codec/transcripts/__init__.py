"""Session records of agents, from bytes to our words: undocumented shapes, read with care."""
