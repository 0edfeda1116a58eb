"""Which successful requests and events are stored, and logged in full, where only a share of them is."""

from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.schema import shard_of_text
from paysandbox.aws.settings import SamplingSettings

DECLINED: Final = "declined"
"""The outcome of a payment that the bank declined."""

_FAILED: Final = 400


def is_request_stored(request_id: str, *, status: int, outcome: str | None, percent: int) -> bool:
    """Return whether the request log stores a request where it stores `percent` of the successful ones.

    Every refusal, failure and decline is: those are looked for. Of the others the id decides, so that the function
    that logs a request knows it, and a line that is delivered again has the same answer.
    """
    return status >= _FAILED or outcome == DECLINED or is_in_share(request_id, percent)


def is_in_sample(subject_id: str) -> bool:
    """Return whether a request or an event is in the share of this environment. Its ID decides, so the answer stays."""
    return is_in_share(subject_id, runtime.settings_of(SamplingSettings).request_log_sample_percent)


def is_in_share(subject_id: str, percent: int) -> bool:
    """Return whether an ID is in this share of all IDs."""
    return percent >= 100 or shard_of_text(subject_id, 100) < percent
