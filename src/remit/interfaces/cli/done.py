"""What is printed when ``remit run`` or ``remit resume`` ends."""

from __future__ import annotations

from remit.interfaces.cli.exits import Exit, verdict_exit
from remit.interfaces.cli.output import columns, print_json, print_text
from remit.interfaces.supervisor.seal import Sealed, sealed_json
from remit.services.parking import Parked


def print_done(done: Sealed | Parked, *, as_json: bool) -> Exit:
    """Print how the run ended, or how a parked one goes on; the exit code that says so."""
    if isinstance(done, Parked):
        return _print_parked(done, as_json=as_json)
    from remit.adapters.render.terminal import account, fit

    if as_json:
        print_json(sealed_json(done))
    else:
        print_text("\n" + fit(account(done.packet), columns()) + "\n")
        print_text(f"packet: {done.html}")
    return verdict_exit(done.packet.verdict.outcome)


def _print_parked(parked: Parked, *, as_json: bool) -> Exit:
    if as_json:
        print_json({"run": parked.run, "parked": True, "requests": list(parked.requests)})
        return Exit.CANNOT_SAY
    print_text(f"\nrun {parked.run} is parked: nobody answered in time")
    for request, grant in zip(parked.requests, parked.grants, strict=True):
        print_text(f"next: {grant}, or remit refuse {request}")
    print_text(f"then: remit resume {parked.run}")
    return Exit.CANNOT_SAY
