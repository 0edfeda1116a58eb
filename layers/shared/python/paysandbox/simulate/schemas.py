"""The shapes of the answers of the simulation's routes: for documents and tests. No function loads them."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer_shape import Answer

ObjectKind = Literal["payment", "capture", "refund", "dispute", "disbursement"]


class ActionParameter(Answer):
    """A parameter of an action, sent as a field of the body."""

    name: Annotated[str, Field(description="Name of the field.")]
    type: Annotated[Literal["string", "integer"], Field(description="JSON type. An integer may be sent as a string.")]
    description: Annotated[str, Field(description="Meaning of the parameter.")]
    required: Annotated[bool, Field(description="Whether the action needs it.")]
    choices: Annotated[list[str] | None, Field(description="The only values that it can have.")] = None
    minimum: Annotated[int | None, Field(description="Smallest value of an integer.")] = None
    pattern: Annotated[str | None, Field(description="Regular expression that all of a string matches.")] = None


class SimulationAction(Answer):
    """An action of the bank, the network, the cardholder or the provider on an object of this kind."""

    kind: Annotated[ObjectKind, Field(description="Kind of the object.")]
    action: Annotated[str, Field(description="Name of the action, the last part of the path of the request.")]
    description: Annotated[str, Field(description="What happens.")]
    statuses: Annotated[list[str], Field(description="Statuses in which the action is possible.")]
    parameters: Annotated[list[ActionParameter], Field(description="Fields of the body.")]


class DueStep(Answer):
    """An action that happens automatically when it is due, unless the merchant's setting `simulation` is `manual`."""

    id: Annotated[str, Field(description="Id of the payment, capture, refund, dispute or disbursement.")]
    auth_id: Annotated[str | None, Field(description="Id of the payment. Not of a disbursement.")] = None
    action: Annotated[str, Field(description="Name of the action.")]
    value: Annotated[str | None, Field(description="The action's argument, such as a decline code.")] = None
    due_at: Annotated[str, Field(description="When it is due (RFC 3339, UTC), by the sandbox's clock.")]


class SimulationList(Answer):
    """The actions by kind of object, or with `waiting=true` the pending steps, earliest first."""

    data: Annotated[
        list[SimulationAction | DueStep],
        Field(description="Actions; with `waiting=true`, pending steps."),
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
    """The possible actions and due steps of a payment, capture, refund, dispute or disbursement."""

    id: Annotated[
        str,
        Field(
            description="Id of the payment, capture, refund, dispute or disbursement. The native id, also for Stripe's."
        ),
    ]
    kind: Annotated[ObjectKind, Field(description="Kind of the object.")]
    status: Annotated[str, Field(description="Its current status.")]
    auth_id: Annotated[str | None, Field(description="Id of the payment. Not of a disbursement.")] = None
    actions: Annotated[list[PossibleAction], Field(description="The actions that are possible now.")]
    due: Annotated[
        list[DueStep],
        Field(
            description="Steps that are due, earliest first. For a payment, also those of its captures, refunds and "
            "disputes."
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
            description="`automatic`: steps happen when they are due. `manual`: only when requested with "
            "`/sandbox/simulate`. Holds, settlement and webhook retries are not affected."
        ),
    ]
    payout_destination: Annotated[
        Literal["bank", "balance"],
        Field(
            description="Destination of settlement payouts. `bank`: the merchant's bank account. `balance`: they "
            "stay available, for transfers and disbursements."
        ),
    ]
