"""The shapes of the answers of the simulation's routes: for documents and tests. No function loads them."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer import Answer

ObjectKind = Literal["payment", "capture", "refund", "dispute"]


class ActionParameter(Answer):
    """A parameter of an action, sent as a field of the body."""

    name: Annotated[str, Field(description="Name of the field.")]
    type: Annotated[Literal["string", "integer"], Field(description="JSON type. An integer may be sent as a string.")]
    description: Annotated[str, Field(description="Meaning of the parameter.")]
    required: Annotated[bool, Field(description="Whether the action needs it.")]
    choices: Annotated[list[str] | None, Field(description="The only values that it can have.")] = None
    minimum: Annotated[int | None, Field(description="Smallest value of an integer.")] = None


class SimulationAction(Answer):
    """Something that a bank, a network or a cardholder can do to an object of this kind."""

    kind: Annotated[ObjectKind, Field(description="Kind of the object.")]
    action: Annotated[str, Field(description="Name of the action, the last part of the path of the request.")]
    description: Annotated[str, Field(description="What happens.")]
    statuses: Annotated[list[str], Field(description="Statuses of the object in which it can happen.")]
    parameters: Annotated[list[ActionParameter], Field(description="Fields of the body.")]


class DueStep(Answer):
    """An action that happens by itself when it is due, unless the merchant's setting `simulation` is `manual`."""

    id: Annotated[str, Field(description="Id of the payment, capture, refund or dispute that it happens to.")]
    auth_id: Annotated[str, Field(description="Id of the payment.")]
    action: Annotated[str, Field(description="Name of the action.")]
    value: Annotated[str | None, Field(description="The action's argument, such as a decline code.")] = None
    due_at: Annotated[str, Field(description="When it is due (RFC 3339, UTC), by the sandbox's clock.")]


class SimulationList(Answer):
    """The actions by kind of object, or with `waiting=true` what waits to happen, earliest first."""

    data: Annotated[
        list[SimulationAction | DueStep],
        Field(description="Actions; with `waiting=true`, steps that are not done yet."),
    ]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]


class PossibleAction(Answer):
    """An action that is possible now."""

    action: Annotated[str, Field(description="Name of the action, the last part of the path of the request.")]
    description: Annotated[str, Field(description="What happens.")]
    parameters: Annotated[list[ActionParameter], Field(description="Fields of the body.")]


class RelatedObject(Answer):
    """A capture, refund or dispute of the payment, and the names of the actions that are possible now."""

    id: Annotated[str, Field(description="Id of the capture, refund or dispute.")]
    kind: Annotated[ObjectKind, Field(description="Kind of the object.")]
    status: Annotated[str, Field(description="Its current status.")]
    actions: Annotated[list[str], Field(description="Names of the actions that are possible now.")]


class Simulation(Answer):
    """What can happen to a payment, capture, refund or dispute now, and what is due when."""

    id: Annotated[
        str, Field(description="Id of the payment, capture, refund or dispute. The native id, also for Stripe's.")
    ]
    kind: Annotated[ObjectKind, Field(description="Kind of the object.")]
    status: Annotated[str, Field(description="Its current status.")]
    auth_id: Annotated[str, Field(description="Id of the payment.")]
    actions: Annotated[list[PossibleAction], Field(description="The actions that are possible now.")]
    due: Annotated[
        list[DueStep],
        Field(
            description="What happens by itself, earliest first. Of a payment, with its captures, refunds and disputes."
        ),
    ]
    objects: Annotated[
        list[RelatedObject],
        Field(description="Captures, refunds and disputes of a payment. Empty for others."),
    ]


class SettingsBody(Answer):
    """The merchant's settings."""

    merchant: Annotated[str, Field(description="Name of the merchant.")]
    simulation: Annotated[
        Literal["automatic", "manual"],
        Field(
            description="`automatic`: what is due happens by itself. `manual`: only when it is requested with "
            "`/sandbox/simulate`. Holds, settlement and retries of webhooks go on."
        ),
    ]
