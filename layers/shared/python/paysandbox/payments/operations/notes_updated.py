"""An update of a merchant's notes."""

from dataclasses import fields

from paysandbox.core.record import record, replace
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class Notes:
    """A merchant's notes on a charge or refund of the Stripe-compatible API. `metadata` is a map as JSON.

    A refund has metadata only. `user_report` is the merchant's report of a charge: `safe` or `fraudulent`. In an
    update, None leaves a note as it is, and an empty text clears it.
    """

    description: str | None = None
    metadata: str | None = None
    receipt_email: str | None = None
    user_report: str | None = None

    def updated(self, update: "Notes") -> "Notes":
        """Return these notes after an update."""
        changed = {each.name: text for each in fields(update) if (text := getattr(update, each.name)) is not None}
        return replace(self, **changed)


@record(kw_only=True)
class NotesUpdated(Operation):
    """Updates the notes on the charge or refund that the operation `of` is shown as. It moves no money."""

    of: str
    notes: Notes
