"""Decides recorded sessions again, under a contract that is only proposed."""
