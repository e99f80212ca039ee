"""The supervisor of one run: starts the agent, watches it, ends it, proves the result."""
