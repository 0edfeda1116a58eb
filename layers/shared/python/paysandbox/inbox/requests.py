"""Query and body of the inbox's routes."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.parameter_shape import Shape
from paysandbox.http.queries import Query


class ListInbox(Query):
    """The page of webhooks to return. It can be short although more pages follow."""


class UpdateInbox(Shape):
    """The answer to choose."""

    answer: Annotated[
        Literal["200", "500", "410", "hang"],
        Field(
            description="How the inbox answers webhooks. `500`: the delivery fails and is retried. `410`: the endpoint "
            "is disabled. `hang`: no answer until the sender gives up, in the local sandbox only."
        ),
    ]
