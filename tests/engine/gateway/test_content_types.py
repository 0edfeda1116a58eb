"""The protocols of services, which are those of botocore's models."""

import json
import subprocess

from cli.deploy.installation import ROOT, installation
from engine.gateway.content_types import PROTOCOLS

PROGRAM = """
import json
import sys

from ministack.core import responses
from ministack.services import stepfunctions

sys.path.insert(0, sys.argv[1])
from engine.gateway.content_types import PROTOCOLS, know_protocols
from engine.ministack import view

names = [*PROTOCOLS, "monitoring", "elasticloadbalancing", "no-such-service"]

def chosen():
    emitted = ("application/json", "application/xml", "text/plain")
    errors = {f"{name} {kind}": responses.expected_error_content_type(name, kind) for name in names for kind in emitted}
    return errors, {
        f"{name} {kind}": responses.expected_success_content_type(name, kind) for name in names for kind in emitted
    }

before, model = chosen(), stepfunctions._service_model
metadata = {name: dict(responses._service_model(name).metadata) for name in PROTOCOLS}
know_protocols(view("responses", responses))
assert chosen() == before
assert responses._service_model("sqs") is not model("sqs")
assert stepfunctions._service_model is model, "state machines need whole models"
print(json.dumps(metadata))
"""


def test_answers_have_the_content_types_of_botocores_models() -> None:
    command = [installation().engine_python, "-I", "-c", PROGRAM, ROOT]
    models = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert {
        name: {key: value for key, value in models[name].items() if key in {"protocol", "jsonVersion"}}
        for name in PROTOCOLS
    } == PROTOCOLS
