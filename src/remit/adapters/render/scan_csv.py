"""The report of a scan as CSV: one row for each day, project, model, kind of agent and agent."""

from __future__ import annotations

import csv
import io

from remit.adapters.render.escape import csv_cell
from remit.model.scan import ScanReport
from remit.model.usage import Usage

COLUMNS = (
    "day",
    "project",
    "model",
    "kind",
    "messages",
    *Usage._fields,
    "cost_micro_usd",
    "estimated_micro_usd",
    "agent",
)


def scan_csv(report: ScanReport) -> str:
    """Money is whole micro-dollars; what is estimated stands in a column of its own."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in report.table:
        bill = row.bill
        names = (row.day, csv_cell(row.project), csv_cell(row.model), row.kind)
        money = (bill.micro_usd, bill.estimated_micro_usd)
        writer.writerow((*names, bill.messages, *bill.usage, *money, row.agent))
    return text.getvalue()
