"""Sets up disbursements for `paysandbox up`: the functions get the credentials of the simulated PayPal account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.disbursements.paypal_parameter import PaypalParameter

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.state.state_dir import StateDir


def ensure_paypal(home: StateDir, target: Target) -> None:
    """Ensure that the parameter has the credentials of the home's account. A second run changes nothing."""
    from engine.paypal import account  # loads cryptography

    wanted = dict(account.ensure(home.path).credentials)
    parameter = PaypalParameter.of(target)
    if parameter.get() != wanted:
        parameter.put(wanted)
