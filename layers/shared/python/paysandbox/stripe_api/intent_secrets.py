"""What of an intent is shown to its merchant and to the holder of its client secret only."""

from collections.abc import Callable
from dataclasses import dataclass

from paysandbox.payments.operations.challenge_requested import ChallengeRequested


@dataclass(frozen=True, slots=True)
class IntentSecrets:
    """The client secret, and the function that returns the URL of a challenge's page."""

    client_secret: str
    challenge_url: Callable[[ChallengeRequested], str]
