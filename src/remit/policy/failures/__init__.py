"""What failed in a check, read from its output: one file for each family of runners. Pure."""
