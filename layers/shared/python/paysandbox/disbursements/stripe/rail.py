"""Stripe as a rail: a disbursement is a transfer to the customer's connected account, and a payout to its bank.

The transfer takes the platform's money. It is sent under one idempotency key for 23 hours, and never afterwards: then
it is looked for by its group. The payout pays what was transferred, out of the account. It is sent again under the same
key, too, and after 23 hours under the next one if none of the account's payouts has the disbursement in its metadata.

A payout that has failed or was canceled gives the account its money back, which the reversal of the transfer then takes
back. Only after that the merchant gets it.

Importing this module loads an HTTP client, so only functions that call Stripe import it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from paysandbox.aws import runtime
from paysandbox.core.record import record
from paysandbox.disbursements.disbursement import PAYOUT_PREFIX, UNCLAIMED_FOR, Disbursement, Status
from paysandbox.disbursements.methods import Method
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.stripe import client as stripe_client
from paysandbox.disbursements.stripe.client import Answer
from paysandbox.disbursements.stripe.messages import (
    OF_ANOTHER,
    Body,
    Refusal,
    Standing,
    failure_of,
    is_of,
    is_reversed,
    key_period,
    refused_amount,
    standing_of,
    status_of,
    update_of,
)

_BEFORE_THE_END: Final = timedelta(days=1)
"""So long before what is unclaimed is given up it is taken back, so that a lost answer can be asked for again."""

_RETURNABLE: Final = frozenset({Status.PAID, Status.BLOCKED, Status.UNCLAIMED})


@record(kw_only=True)
class StripeRail:
    """The Stripe account that this function's settings name. `clock` returns the sandbox's time (UTC)."""

    clock: Callable[[], datetime]

    @property
    def name(self) -> str:
        """`stripe`."""
        return Method.STRIPE

    def send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Transfer, and pay out, or find what an earlier request has made.

        A refusal of the transfer is final only if it answers the first request. Raises Refused(stripe_not_configured).
        """
        refused = refused_amount(disbursement)
        if refused is not None:
            return ProviderUpdate(step=Step.FAIL, code=refused)
        transfer = self._transfer(disbursement)
        if transfer is None:
            return Unknown(reason="not_found")
        if isinstance(transfer, Refusal):
            is_first = disbursement.attempts <= 1
            if is_first:
                return ProviderUpdate(step=Step.FAIL, code=transfer.code)
            return Unknown(reason=f"refused_later: {transfer.code}")
        return transfer if isinstance(transfer, Unknown) else self._outcome(disbursement, transfer)

    def ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Read the transfer and its payout. If there is no payout yet, it is sent, under its key.

        Raises Refused(stripe_not_configured).
        """
        transfer = self._read(disbursement)
        return transfer if isinstance(transfer, Unknown) else self._outcome(disbursement, transfer)

    def cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Take back the transfer to an account that cannot be paid out to. With a payout, its status is read instead.

        Raises Refused(stripe_not_configured).
        """
        transfer = self._read(disbursement)
        if isinstance(transfer, Unknown):
            return transfer
        payout = _known(self._find_payout(disbursement, transfer))
        if isinstance(payout, Unknown):
            return payout
        if payout is not None:
            return self._of_payout(disbursement, transfer, payout)
        if is_reversed(transfer):
            return update_of(transfer, step=Step.RETURN)
        return self._taken_back(disbursement, transfer, None, Step.CANCEL, None)

    def _transfer(self, disbursement: Disbursement) -> Answer | None:
        """Send the transfer while its key is known to Stripe, and look for it if that gives no result.

        The first request is sent at any time: before it, there may have been no key for days.
        """
        if key_period(disbursement, self.clock()) and disbursement.attempts > 1:
            return stripe_client.find_transfer(disbursement)
        made = stripe_client.create_transfer(disbursement)
        if not isinstance(made, Unknown) or disbursement.attempts <= 1:
            return made
        # Stripe repeats a 500 as it repeats any other answer, also if it has made the transfer.
        found = stripe_client.find_transfer(disbursement)
        return found if isinstance(found, Mapping) else made

    def _read(self, disbursement: Disbursement) -> Body | Unknown:
        """Return the transfer of a disbursement whose `reference` is known."""
        transfer = stripe_client.read_transfer(disbursement.reference or "")
        if isinstance(transfer, Refusal):
            return Unknown(reason=f"not_read: {transfer.code}")
        if not isinstance(transfer, Unknown) and not is_of(transfer, disbursement):
            return Unknown(reason=f"{OF_ANOTHER}: {disbursement.reference}")
        return transfer

    def _outcome(self, disbursement: Disbursement, transfer: Body) -> ProviderUpdate | Unknown:
        """Return what has become of what was transferred, after the payout was sent if there is none."""
        period = key_period(disbursement, self.clock())
        # Only the first request cannot have made it. Sent again, it may get the 500 of the first once more.
        is_sought = disbursement.reference is not None or disbursement.attempts > 1 or period > 0
        payout = _known(self._find_payout(disbursement, transfer)) if is_sought else None
        if isinstance(payout, Unknown):
            return payout
        if payout is not None:
            return self._of_payout(disbursement, transfer, payout)
        if is_reversed(transfer):
            return update_of(transfer, step=_back(disbursement), code="TRANSFER_REVERSED")
        if _is_unclaimed_for_too_long(disbursement, self.clock()):
            return self._taken_back(disbursement, transfer, None, Step.RETURN, disbursement.code)
        made = stripe_client.create_payout(disbursement, period)
        if isinstance(made, Unknown):
            return made
        if isinstance(made, Refusal):
            return self._not_paid_out(disbursement, transfer, made)
        return self._of_payout(disbursement, transfer, made)

    def _find_payout(self, disbursement: Disbursement, transfer: Body) -> Body | Refusal | Unknown | None:
        item = disbursement.item_reference or ""
        if item.startswith(PAYOUT_PREFIX):
            return stripe_client.read_payout(disbursement, item)
        return stripe_client.find_payout(disbursement, transfer)

    def _of_payout(self, disbursement: Disbursement, transfer: Body, payout: Body) -> ProviderUpdate | Unknown:
        """Return what the status of a payout says."""
        match status_of(payout):
            case "pending" | "in_transit":
                is_held = disbursement.status is Status.HELD
                return update_of(transfer, payout, Step.RELEASE if is_held else None)
            case "paid":
                # Taken back although it was paid: by somebody else, who has this account's key.
                return update_of(transfer, payout, Step.REVERSE if is_reversed(transfer) else Step.PAY)
            case "failed" | "canceled":
                return self._taken_back(disbursement, transfer, payout, _back(disbursement), failure_of(payout))
            case other:
                return Unknown(reason=f"status_unknown: {other}")

    def _not_paid_out(self, disbursement: Disbursement, transfer: Body, refusal: Refusal) -> ProviderUpdate | Unknown:
        """Return what follows from the refusal of a payout, which depends on the account."""
        account = stripe_client.read_account(disbursement)
        if isinstance(account, Unknown):
            return account
        if isinstance(account, Refusal):
            return self._taken_back(disbursement, transfer, None, _back(disbursement), account.code)
        standing, code = standing_of(account, refusal)
        match standing:
            case Standing.REVIEW:
                return update_of(transfer, step=Step.HOLD)
            case Standing.RECIPIENT:
                return update_of(transfer, step=Step.UNCLAIM, code=code)
            case Standing.NOTHING:
                return self._taken_back(disbursement, transfer, None, _back(disbursement), code)

    def _taken_back(
        self, disbursement: Disbursement, transfer: Body, payout: Body | None, step: Step, code: str | None
    ) -> ProviderUpdate | Unknown:
        """Return a step that gives the merchant its money back, once the transfer is reversed.

        Until the account's balance covers the reversal, the disbursement is blocked. Nothing is taken back before the
        transfer is recorded: repeated, the request that sends it would pay out once more.
        """
        if disbursement.reference is None:
            return update_of(transfer, payout)
        if is_reversed(transfer):
            return update_of(transfer, payout, step, code)
        made = stripe_client.reverse_transfer(disbursement, transfer, key_period(disbursement, self.clock()))
        if isinstance(made, Unknown):
            return made
        if isinstance(made, Refusal):
            # It may have been reversed meanwhile, by another worker.
            current = stripe_client.read_transfer(str(transfer["id"]))
            if isinstance(current, Unknown):
                return current
            if isinstance(current, Refusal) or not is_reversed(current):
                return self._not_taken_back(disbursement, transfer, payout, code or made.code, made)
        return update_of(transfer, payout, step, code)

    def _not_taken_back(
        self, disbursement: Disbursement, transfer: Body, payout: Body | None, code: str, refusal: Refusal
    ) -> ProviderUpdate | Unknown:
        if disbursement.was_paid():
            stripe_client.misconfigured(f"transfer {transfer['id']} is not reversed: {refusal.code}")
            return Unknown(reason=f"not_reversed: {refusal.code}")
        return update_of(transfer, payout, Step.BLOCK, code)


def rail() -> Rail:
    """Return Stripe."""
    return StripeRail(clock=runtime.now)


def _known(found: Body | Refusal | Unknown | None) -> Body | Unknown | None:
    """Return a payout that was looked for. A refusal to show it says nothing of it."""
    return Unknown(reason=f"not_read: {found.code}") if isinstance(found, Refusal) else found


def _back(disbursement: Disbursement) -> Step:
    """Return the step with which the money comes back: of what was more than in progress, it is returned."""
    return Step.RETURN if any(change.status in _RETURNABLE for change in disbursement.trail) else Step.FAIL


def _is_unclaimed_for_too_long(disbursement: Disbursement, now: datetime) -> bool:
    return disbursement.status is Status.UNCLAIMED and now >= disbursement.since + UNCLAIMED_FOR - _BEFORE_THE_END
