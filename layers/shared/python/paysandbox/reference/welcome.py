"""The response at the API's root: an introduction with links."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class WelcomeLinks(Answer):
    """Paths on the same host, including the stage if there is one."""

    docs: Annotated[str, Field(description="Interactive API reference.")]
    openapi: Annotated[str, Field(description="OpenAPI document.")]
    health: Annotated[str, Field(description="Health check.")]
    recent: Annotated[str, Field(description="Most recent donations.")]
    total: Annotated[str, Field(description="Total donated.")]


class Welcome(Answer):
    """Name, version and links of the service."""

    service: Annotated[str, Field(description="Name of the service.")]
    version: Annotated[str, Field(description="Version of the sandbox.")]
    links: Annotated[WelcomeLinks, Field(description="Links to continue with.")]
