"""Which functions run in the background: those that event sources and subscribed log groups invoke.

A client waits for the functions of the API, and for nobody else. While a payment is authorized, the events of those
before it are published, stored and sent, and their requests stored, which takes as much of the machine. So the workers
of these functions have a lower priority: where both could run, the client's request does.
"""

import os
from collections.abc import Callable
from typing import Any, Final

from engine.ministack import scoped

NICENESS: Final = 3
"""What is added to the niceness of this process. A worker that is 3 nicer gets half as much of a contested core.

While other programs used all cores, workers that were 10 nicer fell behind by 12 s in the 5 s of 500 payments.
"""


def background_functions(functions: Any, logs: Any) -> Callable[[str], bool]:
    """Return whether a function of this name runs in the background. The modules are ministack's of Lambda and logs."""

    def is_in_background(function: str) -> bool:
        sources = [*scoped(functions.esms).values()]
        filters = [
            subscribed
            for group in [*scoped(logs.log_groups).values()]
            for subscribed in (group.get("subscriptionFilters") or {}).values()
        ]
        targets = [source.get("FunctionArn", "") for source in sources]
        targets += [subscribed.get("destinationArn", "") for subscribed in filters]
        return any(target.partition(":function:")[2].partition(":")[0] == function for target in targets)

    return is_in_background


def niceness() -> int:
    """Return the niceness of a worker that runs in the background."""
    return min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
