"""The answer to a cardholder's answer."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.answer_shape import Answer
from paysandbox.stripe_api.setup_intents.rules import SetupStatus


class SetupChallengeCompleted(Answer):
    """The result of a challenge. With a `return_url`, the status is 303 and `Location` leads to it."""

    setup_intent: Annotated[str, Field(description="Id of the setup intent.")]
    challenge_id: Annotated[str, Field(description="Id of the challenge.")]
    result: Annotated[str, Field(description="Result by its letter in EMV 3-D Secure.")]
    status: Annotated[SetupStatus, Field(description="Status of the setup intent.")]
    location: Annotated[str | None, Field(description="URL that the cardholder returns to.")] = None
