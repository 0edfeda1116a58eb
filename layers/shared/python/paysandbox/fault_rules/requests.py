"""Bodies and queries of the routes of rules."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.parameter_shape import Shape

MAX_TTL_S = 86_400
MAX_COUNT = 1_000_000


class FaultMatch(Shape):
    """Which requests a rule is for: those that have all of these. Without any, it is for every request."""

    route: Annotated[
        str | None,
        Field(
            max_length=100, description="The operation, as the API reference names it.", examples=["capture_payment"]
        ),
    ] = None
    outcome: Annotated[
        str | None,
        Field(
            max_length=100,
            description="Outcome of the answer, as in the request log. Fits faults after the operation only.",
            examples=["approved"],
        ),
    ] = None
    reference: Annotated[
        str | None,
        Field(
            max_length=255,
            description="Reference in the request or its answer, or `metadata[order]`.",
            examples=["order-6735"],
        ),
    ] = None
    card_last4: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{4}$",
            description="Last four digits of the card, in the request or its answer.",
            examples=["4242"],
        ),
    ] = None
    event_type: Annotated[
        str | None,
        Field(max_length=100, description="Type of the webhook's event.", examples=["payment_captured"]),
    ] = None
    endpoint_id: Annotated[str | None, Field(max_length=100, description="Endpoint that the webhook is sent to.")] = (
        None
    )


class CreateFault(Shape):
    """The rule to create. It ends by itself."""

    fault: Annotated[
        str,
        Field(
            max_length=200,
            description="Fault to inject, with its parameters: `name;parameter=value`.",
            examples=["commit_then_reset"],
        ),
    ]
    match: Annotated[FaultMatch | None, Field(description="Which requests it is for. Default: every request.")] = None
    count: Annotated[int, Field(ge=1, le=MAX_COUNT, description="How many requests it hits.")] = 1
    percent: Annotated[
        int, Field(ge=1, le=100, description="Percent of the matching requests that it hits.", examples=[10])
    ] = 100
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            le=2**31 - 1,
            description="Decides which of them: the same for the same seed and order. Default: random.",
        ),
    ] = None
    after: Annotated[
        int, Field(ge=0, le=MAX_COUNT, description="How many matching requests pass before the first is hit.")
    ] = 0
    ttl_s: Annotated[int, Field(ge=1, le=MAX_TTL_S, description="Seconds of wall time after which it ends.")] = 600
