"""`paysandbox settings`: show and change a merchant's settings."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.connection.api_session import api_of, refusals, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.keys import Simulation

EXAMPLES = """[bold]Examples[/bold]

paysandbox settings                          show them

paysandbox settings --simulation manual      nothing simulated happens by itself

paysandbox settings --simulation automatic   everything happens when it is due
"""


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
    *,
    caller: Caller,
) -> None:
    """Show or change the merchant's settings."""
    from cli.connection.api_paths import GET_SETTINGS, UPDATE_SETTINGS
    from cli.simulate import view

    api = api_of(caller)
    with refusals(caller.as_json):
        if simulation is None:
            answer = api.get(GET_SETTINGS)
        else:
            answer = api.change(UPDATE_SETTINGS, path={}, body={"simulation": simulation.value})
    show_answer(answer, caller.as_json, lambda a: view.settings(a.body))
