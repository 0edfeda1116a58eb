"""The shapes of the answers of the routes of rules: for documents and tests. No function loads them."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class FaultMatched(Answer):
    """Which requests a rule is for."""

    route: Annotated[str | None, Field(description="The operation.")] = None
    outcome: Annotated[str | None, Field(description="Outcome of the answer.")] = None
    reference: Annotated[str | None, Field(description="Reference of the payment.")] = None
    card_last4: Annotated[str | None, Field(description="Last four digits of the card.")] = None
    event_type: Annotated[str | None, Field(description="Type of the webhook's event.")] = None
    endpoint_id: Annotated[str | None, Field(description="Endpoint that the webhook is sent to.")] = None


class FaultRule(Answer):
    """A rule that injects a fault into requests."""

    fault_id: Annotated[str, Field(description="Id of the rule.")]
    fault: Annotated[str, Field(description="Fault that it injects.")]
    match: Annotated[FaultMatched, Field(description="Which requests it is for.")]
    count: Annotated[int, Field(description="How many requests it hits.")]
    percent: Annotated[int, Field(description="Percent of the matching requests that it hits.")]
    seed: Annotated[int, Field(description="Decides which of them.")]
    after: Annotated[int, Field(description="How many matching requests pass before the first is hit.")]
    seen: Annotated[int, Field(description="How many requests matched so far.")]
    fired: Annotated[int, Field(description="How many of them it has hit.")]
    created_at: Annotated[str, Field(description="When it was created, by the wall clock.")]
    ends_at: Annotated[str, Field(description="When it ends, by the wall clock.")]


class FaultRuleList(Answer):
    """The rules that have not ended, oldest first."""

    data: Annotated[list[FaultRule], Field(description="The rules.")]


class DeletedFaultRule(Answer):
    """A deleted rule."""

    fault_id: Annotated[str, Field(description="Id of the rule.")]
    deleted: Annotated[bool, Field(description="`true`.")]


class FaultFiring(Answer):
    """A fault that was injected into a request or a webhook."""

    at: Annotated[str, Field(description="When, by the wall clock.")]
    request_id: Annotated[str, Field(description="Id of the request, or of the webhook's delivery.")]
    route: Annotated[str, Field(description="Its operation, or `deliver_event`.")]
    fault: Annotated[str, Field(description="The fault.")]
    fault_id: Annotated[str | None, Field(description="Id of the rule. `null`: the request itself asked for it.")]
    status: Annotated[int | None, Field(description="HTTP status that the request had. `null` if it was not handled.")]
    transaction_id: Annotated[str | None, Field(description="What it made, or changed.")]


class FaultLog(Answer):
    """The latest faults, the newest first. They are kept for 24 hours."""

    data: Annotated[list[FaultFiring], Field(description="At most 100 of them.")]
