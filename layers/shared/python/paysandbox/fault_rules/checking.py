"""Which rules a merchant can create."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.suggestion import did_you_mean
from paysandbox.fault_rules.faulted_routes import FAULTED
from paysandbox.http.faults.fault import Fault, read_fault
from paysandbox.http.faults.fault_rules import Match
from paysandbox.http.faults.kinds import Moment
from paysandbox.http.route import Api

MAX_RULES: Final = 100
"""Of a merchant: each of its requests reads all of them while it has any."""


def checked_fault(text: str, match: Match) -> Fault:
    """Return the fault that a rule injects.

    Raises Refused: fault_unknown, parameter_invalid for an operation that does not exist or that the fault does not
    fit, and for an outcome of a request that is not handled.
    """
    fault = read_fault(text, "fault", may_repeat=False)
    if match.route is not None:
        route = FAULTED.get(match.route)
        if route is None:
            detail = f"{did_you_mean(match.route, FAULTED)}No faults are injected into an operation of this name."
            raise Refused(Code.PARAMETER_INVALID, detail, "match.route")
        if not fault.fits(route.method, of_stripe=route.api is Api.V1):
            raise Refused(Code.PARAMETER_INVALID, f"{fault.kind.name} does not fit {route.name}.", "match.route")
    is_webhook, of_request = fault.kind.moment is Moment.WEBHOOK, ("route", "outcome", "reference", "card_last4")
    for name, value in vars(match).items():
        if value is not None and (name in of_request) is is_webhook:
            what = "a webhook" if is_webhook else "a request"
            raise Refused(
                Code.PARAMETER_INVALID, f"{fault.kind.name} happens to {what}, which has no {name}.", f"match.{name}"
            )
    if match.outcome is not None and fault.kind.moment is Moment.BEFORE:
        detail = f"{fault.kind.name} happens before the request has an outcome."
        raise Refused(Code.PARAMETER_INVALID, detail, "match.outcome")
    return fault


def too_many() -> Refused:
    """Return the error of a merchant with too many rules."""
    return Refused(Code.FAULT_LIMIT_REACHED, f"A merchant has at most {MAX_RULES} rules.", "fault")
