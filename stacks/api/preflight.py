"""How API Gateway answers OPTIONS by itself: what a page of another origin may send, if it may call.

No function runs, so a preflight costs what the gateway does, and takes none of the account's executions.

Serving the APIs through the dashboard's distribution would need no CORS, but a rule for each of their paths, a firewall
that trusts a forwarded address, and the distribution before everything else.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.http.cors import ALLOW_ORIGIN, ANY_ORIGIN, ORIGIN_VARIABLES, PREFLIGHT

_STATUS: Final = "204"
_OVERRIDE: Final = "$context.responseOverride.header"

# A header has the case in which it was sent; HTTP/2 has lower case alone. No origin has a comma.
_READ_ORIGIN: Final = """\
#set($origin = $input.params().header.get("Origin"))
#if(!$origin || $origin == "")#set($origin = $input.params().header.get("origin"))#end
"""


def preflight_integration(*, any_origin: bool) -> dict[str, Any]:
    """Return the integration of OPTIONS. `any_origin` needs no comparison, and the local engine computes none."""
    if any_origin:
        answer: dict[str, Any] = {"responseParameters": _quoted({ALLOW_ORIGIN: ANY_ORIGIN, **PREFLIGHT})}
    else:
        # Also without permission, so that no cache gives one origin the response to another.
        answer = {
            "responseParameters": _quoted({"Vary": "Origin"}),
            "responseTemplates": {"application/json": preflight_template()},
        }
    return {
        "type": "mock",
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": json.dumps({"statusCode": int(_STATUS)})},
        "responses": {"default": {"statusCode": _STATUS, **answer}},
    }


def preflight_responses(*, any_origin: bool) -> dict[str, Any]:
    """Return the responses of OPTIONS in OpenAPI. API Gateway maps only headers that are declared."""
    names = (ALLOW_ORIGIN, *PREFLIGHT) if any_origin else ("Vary",)
    return {
        _STATUS: {
            "description": "The allowed origins, methods and headers.",
            "headers": {name: {"schema": {"type": "string"}} for name in names},
        }
    }


def preflight_template() -> str:
    """Return the template that compares the origin with those of the stage's variables, and has no other output."""
    allowed = ",".join(f"$!stageVariables.{name}" for name in ORIGIN_VARIABLES)
    granted = "\n".join(f'#set({_OVERRIDE}.{name} = "{value}")' for name, value in PREFLIGHT.items())
    return (
        f"{_READ_ORIGIN}"
        f'#set($allowed = ",{allowed},")\n'
        '#if($origin && $origin != "" && !$origin.contains(",") && $allowed.contains(",$origin,"))\n'
        f"#set({_OVERRIDE}.{ALLOW_ORIGIN} = $origin)\n"
        f"{granted}\n"
        "#end\n"
    )


def _quoted(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers as API Gateway maps constants."""
    return {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()}
