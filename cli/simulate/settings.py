"""`paysandbox settings`: show and change a merchant's settings."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.connection.api_session import api_of, refusals, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.keys import Simulation
from paysandbox.core.payout_destination import PayoutDestination

app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox settings                          show them
  paysandbox settings --simulation manual      simulated steps happen only on request
  paysandbox settings --simulation automatic   simulated steps happen when they are due
  paysandbox settings --payout-destination balance   settlement payouts fund disbursements
"""


@app.command(epilog=EXAMPLES)
@over_the_api
def settings(
    simulation: Annotated[
        Simulation | None,
        typer.Option(
            "--simulation",
            help="automatic: simulated steps happen when they are due. manual: only with `simulate`. "
            "Holds, settlement and webhook retries are not affected.",
        ),
    ] = None,
    payout_destination: Annotated[
        PayoutDestination | None,
        typer.Option(
            "--payout-destination",
            help="Destination of settlement payouts. balance: the merchant's funds, for disbursements.",
        ),
    ] = None,
    *,
    caller: Caller,
) -> None:
    """Show or change the merchant's settings."""
    from cli.connection.api_paths import GET_SETTINGS, UPDATE_SETTINGS
    from cli.simulate import view

    api = api_of(caller)
    with refusals(caller.as_json):
        chosen = {"simulation": simulation, "payout_destination": payout_destination}
        body = {name: value.value for name, value in chosen.items() if value is not None}
        answer = api.change(UPDATE_SETTINGS, path={}, body=body) if body else api.get(GET_SETTINGS)
    show_answer(answer, caller.as_json, lambda a: view.settings(a.body))
