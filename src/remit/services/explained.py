"""What the kernel refused, told to the agent in the words of its contract."""

from __future__ import annotations

from remit.model import events as e
from remit.model.answer import Answer, Explain, Proceed
from remit.model.signals import CallFinished
from remit.policy.kernel_refusals import kernel_refusals, texts_of
from remit.services.recorder import Recorder


def explained(signal: CallFinished, recorder: Recorder, root: str) -> Answer:
    """The answer to a finished call; what was refused in it is staged as pressure."""
    state, call = recorder.state, signal.call
    if not state.confined or state.contract is None:
        return Proceed()
    text = "\n".join(texts_of(signal.response))
    refusals = kernel_refusals(text, state.contract, root, call.cwd)
    recorder.stage(
        *(
            e.PressureRecorded(
                *(call.id, call.actor.name, "kernel.refused"),
                *(one.subject, one.message, one.would_need),
            )
            for one in refusals
        )
    )
    told = [f"Remit: {one.message}. To allow it: {one.would_need}." for one in refusals]
    return Explain("\n".join(told)) if told else Proceed()
