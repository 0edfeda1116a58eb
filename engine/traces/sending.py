"""Sends the traces of payments to the collector that `paysandbox up --otlp` names."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from engine.lane.lanes import Lanes
from engine.traces.exporter import Exporter
from engine.traces.observer import Observer
from engine.traces.recorder import Recorder, observe_invocations


@contextmanager
def send_traces(
    url: str,
    functions: Any,
    app: Any,
    lanes: Lanes,
    routes: Callable[[], Sequence[str]],
    log: Callable[[str], None],
) -> Iterator[Any]:
    """Observe the invocations of `functions`, ministack's Lambda service, and the requests of `app`, the access wall.

    Calls over `lanes` are observed too. Yield the application to serve instead. What is queued in the end is sent.
    """
    exporter = Exporter(url, routes, log)
    recorder = Recorder(exporter.put)
    observe_invocations(functions, recorder)
    exporter.start()
    try:
        observer = Observer(app, recorder, time.time_ns)
        lanes.answer = observer.observing(lanes.answer)
        yield observer
    finally:
        exporter.close()
