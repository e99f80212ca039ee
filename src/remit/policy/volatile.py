"""What plainly changes from one run of the same command to the next, wherever it stands."""

from __future__ import annotations

VOLATILE = r"""
    \d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?  # a time
  | \b\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\b
  | \b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\ (?:[A-Z][a-z]{2})\ +\d{1,2}\b
  | \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b              # an id
  | \b0x[0-9a-fA-F]{4,16}\b                                                      # an address
  | \b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b                         # a digest
  | \b1[5-9]\d{8}(?:\d{3})?(?:\.\d{1,9})?\b                                      # seconds of epoch
"""
"""Alternatives of a verbose expression over ASCII."""
