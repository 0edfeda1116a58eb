"""Apply the updates of a provider: the worker's answers and the provider's webhooks alike."""

from datetime import datetime
from typing import Final

from paysandbox.aws import telemetry
from paysandbox.core.metrics import Metric
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.provider_update_rules import Effect, informed
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, change

_LOGGED: Final = frozenset({Effect.APPLIED, Effect.LATE, Effect.CONTRADICTION})


def apply_provider_update(
    table: DisbursementsTable, disbursement: Disbursement, update: ProviderUpdate, at: datetime
) -> Disbursement:
    """Record an update received at a time (UTC), and return the disbursement as it is now.

    The disbursement is read again if another write was first. A repeated update changes nothing. One that does not fit
    is logged and changes nothing; one that contradicts what is recorded is an error, counted as unresolved.
    Raises Refused(service_unavailable) if other writes were first each time.
    """
    effect = Effect.UNCHANGED

    def decide(current: Disbursement) -> Disbursement:
        nonlocal effect
        after, effect = informed(current, update, at)
        return after

    after = change(table, disbursement, decide)
    if effect in _LOGGED:
        contradicts = effect is Effect.CONTRADICTION
        telemetry.disbursement(
            "disbursement",
            {
                "payment_id": after.id,
                "customer_id": after.customer_id,
                "status": str(after.status),
                "step": str(update.step) if update.step else None,
                "provider_code": update.code,
                "effect": str(effect),
            },
            Metric.DISBURSEMENTS_UNRESOLVED if contradicts else None,
            failed=contradicts,
        )
    return after
