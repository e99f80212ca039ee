"""Reading what failed from what runners print, and holding two runs against each other. Pure."""

from remit.policy.failures.read import failures_in
from remit.policy.failures.similar import Likeness, Verdict, compare

__all__ = ["Likeness", "Verdict", "compare", "failures_in"]
