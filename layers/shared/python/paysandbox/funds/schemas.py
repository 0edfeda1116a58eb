"""The shapes of the answers of the routes of funds."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class FundingBody(Answer):
    """A funding and the resulting balance."""

    funding_id: Annotated[str, Field(description="ID of the funding.")]
    amount: Annotated[int, Field(description="Amount added, in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code.")]
    source: Annotated[Literal["api"], Field(description="Always `api`: this route.")]
    created_at: Annotated[str, Field(description="When it was added (RFC 3339, UTC).")]
    balance: Annotated[int, Field(description="What the merchant has available in this currency now, in minor units.")]


class Balance(Answer):
    """What the merchant has available in one currency."""

    currency: Annotated[str, Field(description="ISO 4217 code.")]
    balance: Annotated[int, Field(description="In minor units.")]


class FundsBody(Answer):
    """What a merchant has available."""

    data: Annotated[list[Balance], Field(description="The balances, by currency.")]
