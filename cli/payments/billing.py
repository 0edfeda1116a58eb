"""The audit of an environment's subscriptions and invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.stripe_api.billing.auditing.scan import BillingAudit
    from paysandbox.stripe_api.resource_kit.objects_table import ObjectsTable


def objects_table(target: Target) -> ObjectsTable | None:
    """Return the table of Stripe's objects, or None for an environment of a version that does not tell its name."""
    from paysandbox.stripe_api.resource_kit.objects_table import ObjectsTable

    name = target.outputs("data").get("StripeObjectsTable")
    return ObjectsTable(target.client("dynamodb"), name) if name else None


def billing_audit(target: Target) -> BillingAudit:
    """Return an audit that has read nothing yet. Call it before the first read: it notes the functions' time."""
    from datetime import timedelta

    from cli.disbursements.tables import sandbox_time
    from paysandbox.stripe_api.billing.auditing.scan import BillingAudit

    retention = timedelta(days=int(target.outputs("data")["RetentionDays"]))
    return BillingAudit(sandbox_time(target), retention)
