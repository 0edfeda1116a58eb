"""What a bank, the network or the cardholder does to an object, simulated over the native API.

simulate("re_…", "fail", reason="insufficient_funds")
"""

from typing import Any

from paysandbox.simulate.routes import SIMULATE_ACTION
from tests.support.clients.call import Reply, send


def simulate(object_id: str, action: str, **arguments: Any) -> Reply:
    """Make an action happen to an object, by its ID of either API."""
    return send(SIMULATE_ACTION, key=None, body=arguments, path={"object_id": object_id, "action": action})
