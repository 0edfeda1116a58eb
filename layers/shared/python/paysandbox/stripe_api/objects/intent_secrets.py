"""What of an intent is shown to its merchant and to the holder of its client secret only."""

from collections.abc import Callable

from paysandbox.core.record import record
from paysandbox.payments.operations.challenge_requested import ChallengeRequested


@record
class IntentSecrets:
    """The client secret, and the function that returns the URL of a challenge's page."""

    client_secret: str
    challenge_url: Callable[[ChallengeRequested], str]
