"""Which successful requests and events are stored, and logged in full, where only a share of them is."""

from paysandbox.aws import runtime
from paysandbox.aws.schema import shard_of_text
from paysandbox.aws.settings import SamplingSettings


def is_in_sample(subject_id: str) -> bool:
    """Return whether a request or an event is in the share of this environment. Its ID decides, so the answer stays."""
    return is_in_share(subject_id, runtime.settings_of(SamplingSettings).request_log_sample_percent)


def is_in_share(subject_id: str, percent: int) -> bool:
    """Return whether an ID is in this share of all IDs."""
    return percent >= 100 or shard_of_text(subject_id, 100) < percent
