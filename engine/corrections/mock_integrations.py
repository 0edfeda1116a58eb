"""Mock integrations of an imported definition: with their templates and responses, and no body without a template.

ministack imports the type of an integration alone, and answers a mock integration without a template with `{}`.
"""

from collections.abc import Mapping
from typing import Any


def import_mock_integrations(gateway: Any) -> None:
    """Make ministack import and answer them so. `gateway` is its API Gateway service."""
    import_operation, invoke = gateway.import_operation, gateway.invoke_mock_v1

    def import_whole(
        api_id: str, resource_id: str, http_method: str, operation: Mapping[str, Any] | None, *more: Any
    ) -> None:
        import_operation(api_id, resource_id, http_method, operation, *more)
        integration = (operation or {}).get("x-amazon-apigateway-integration") or {}
        if str(integration.get("type")).upper() != "MOCK":
            return
        method = (api_id, resource_id, http_method)
        gateway.put_integration(*method, {"type": "MOCK", "requestTemplates": integration.get("requestTemplates", {})})
        for pattern, response in integration.get("responses", {}).items():
            selected = {} if pattern == "default" else {"selectionPattern": pattern}
            gateway.put_integration_response(*method, str(response["statusCode"]), {**response, **selected})

    def answer(integration: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = invoke(integration)
        responses = integration.get("integrationResponses") or {}
        selected = responses.get(str(status), {})
        return status, headers, body if selected.get("responseTemplates") or not responses else b""

    gateway.import_operation, gateway.invoke_mock_v1 = import_whole, answer
