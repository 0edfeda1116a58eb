"""The protocols of AWS's services, by which ministack chooses the content type of an answer.

It reads them from botocore's models, each at the first answer of its service: those of one `paysandbox up` take half a
second of the event loop, most of it for botocore itself, which the engine needs for nothing else then.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

_QUERY: Final = {"protocol": "query"}
_REST_JSON: Final = {"protocol": "rest-json"}
_JSON_1_0: Final = {"protocol": "json", "jsonVersion": "1.0"}
_JSON_1_1: Final = {"protocol": "json", "jsonVersion": "1.1"}

PROTOCOLS: Final[Mapping[str, Mapping[str, str]]] = {
    "apigateway": _REST_JSON,
    "cloudformation": _QUERY,
    "dynamodb": _JSON_1_0,
    "iam": _QUERY,
    "kms": _JSON_1_1,
    "lambda": _REST_JSON,
    "logs": _JSON_1_1,
    "s3": {"protocol": "rest-xml"},
    "secretsmanager": _JSON_1_1,
    "sns": _QUERY,
    "sqs": _JSON_1_0,
    "ssm": _JSON_1_1,
    "states": _JSON_1_0,
    "sts": _QUERY,
}
"""What ministack reads of a model, by its name of a service: the services that a sandbox uses."""


def know_protocols(responses: Any) -> None:
    """Make ministack read no model of these services to answer. `responses` is its module of answers."""
    by_botocore = responses.service_model

    def service_model(service: str) -> Any:
        known = PROTOCOLS.get(service)
        return by_botocore(service) if known is None else SimpleNamespace(metadata=known)

    responses.service_model = service_model
