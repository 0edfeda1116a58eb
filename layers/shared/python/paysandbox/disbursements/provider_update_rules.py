"""What an update of a provider does to a disbursement. Pure.

Webhooks come late, twice and out of order, so only an update that can follow the current status changes it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.record import replace
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.steps import TABLE, Step, row_of, stepped


class Effect(StrEnum):
    """What became of an update."""

    APPLIED = "applied"
    """The status changed."""
    NOTED = "noted"
    """The status stayed, and the provider's IDs or its fee were recorded."""
    UNCHANGED = "unchanged"
    """All of it was known."""
    LATE = "late"
    """It is of an earlier status, or of a disbursement that gets no updates any more."""
    CONTRADICTION = "contradiction"
    """It cannot be true together with what is recorded. An operator has to look at it."""


_SAME: Final = {
    Step.PAY: (Step.PAY, Step.CLAIM),
    Step.FAIL: (Step.FAIL, Step.RETURN),
    Step.REVERSE: (Step.REVERSE, Step.RETURN),
}
"""The steps that the same update may stand for, in order: PayPal reports a claimed payment as paid."""

_BACK: Final = frozenset({Status.FAILED, Status.RETURNED, Status.CANCELED})
"""Statuses in which the merchant has the money again."""

_DECIDED: Final = _BACK | {Status.PAID}
"""Statuses that say where the money is. An update with another one is late if the money has moved on."""


def informed(disbursement: Disbursement, update: ProviderUpdate, at: datetime) -> tuple[Disbursement, Effect]:
    """Return the disbursement after an update received at a time (UTC), and what became of the update.

    Without an effect on it, the disbursement is the same object. Its version is one higher otherwise.
    """
    if disbursement.is_out_of_providers_hands:
        return disbursement, Effect.LATE
    if _is_of_another(disbursement.reference, update.reference):
        return disbursement, Effect.CONTRADICTION
    step = _possible(disbursement, update)
    if step is None and update.step is not None:
        effect = _without_step(disbursement, update.step)
        if effect is not Effect.UNCHANGED:
            return disbursement, effect
    noted = replace(
        disbursement,
        reference=update.reference or disbursement.reference,
        item_reference=update.item_reference or disbursement.item_reference,
        provider_fee=disbursement.provider_fee if update.provider_fee is None else update.provider_fee,
    )
    if step is not None:
        return stepped(noted, step, Source.PROVIDER, at, code=update.code), Effect.APPLIED
    if noted == disbursement:
        return disbursement, Effect.UNCHANGED
    return replace(noted, version=disbursement.version + 1), Effect.NOTED


def _is_of_another(known: str | None, reported: str | None) -> bool:
    return known is not None and reported is not None and known != reported


def _possible(disbursement: Disbursement, update: ProviderUpdate) -> Step | None:
    """Return the step that an update stands for in the current status, or None if there is none."""
    step = update.step
    if step is Step.CORRECT and update.code not in disbursement.correction_codes:
        return step if row_of(disbursement, step, Source.PROVIDER) is not None else None
    if step is None or disbursement.status in _after(step):
        return None
    if step is Step.FAIL and disbursement.was_paid():
        return None
    candidates = _SAME.get(step, (step,))
    if step is Step.RETURN and disbursement.cancel_requested:
        candidates = (Step.CANCEL, Step.RETURN)  # PayPal reports an item that was canceled as returned
    for candidate in candidates:
        if row_of(disbursement, candidate, Source.PROVIDER) is not None:
            return candidate
    return None


def _without_step(disbursement: Disbursement, step: Step) -> Effect:
    """Return what became of an update whose step is not possible now."""
    after = _after(step)
    if disbursement.status in after:
        return Effect.UNCHANGED
    if disbursement.status in _BACK and after <= _BACK:
        return Effect.LATE
    if any(change.status in after for change in disbursement.trail) or not after & _DECIDED:
        return Effect.LATE
    # The provider knows nothing of steps that were simulated.
    return Effect.LATE if disbursement.is_simulated else Effect.CONTRADICTION


def _after(step: Step) -> frozenset[Status]:
    return frozenset(row.after for row in TABLE if row.step is step and Source.PROVIDER in row.sources)
