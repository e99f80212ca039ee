"""Reading what test runners say, and judging whether it can be believed. Pure."""

from remit.policy.results.evaluate import evaluate

__all__ = ["evaluate"]
