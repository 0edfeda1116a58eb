"""A function of a test's own on a running sandbox, with the layers and the role of a deployed one."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cli.connection.target import Target


@dataclass(frozen=True)
class Probe:
    """The function, for as long as the test runs."""

    target: Target
    name: str

    def invoke(self, **event: Any) -> Any:
        """Return what the handler returns for this event. Its exception fails the test."""
        answer = self.target.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps(event))
        result = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, result
        return result


@contextmanager
def probe(target: Target, code: str, *, like: str, name: str) -> Iterator[Probe]:
    """Deploy a module with a `handler`, with what the function `like` has."""
    functions = target.client("lambda")
    model = functions.get_function_configuration(FunctionName=f"paysandbox-local-{like}")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("probe.py", code)
    functions.create_function(
        FunctionName=name,
        Role=model["Role"],
        Runtime=model["Runtime"],
        Handler="probe.handler",
        Code={"ZipFile": zipped.getvalue()},
        Layers=[layer["Arn"] for layer in model.get("Layers", ())],
        Timeout=30,
    )
    try:
        yield Probe(target, name)
    finally:
        functions.delete_function(FunctionName=name)
