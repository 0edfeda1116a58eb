"""Whether events may be sent to a URL, by this environment's policy."""

from paysandbox.domain.target import TargetPolicy, read_target
from paysandbox.runtime import effects
from paysandbox.settings import TargetSettings


def allowed_url(url: str) -> str:
    """The URL as events are sent to it. Raises Refused(url_not_allowed)."""
    settings = effects.need(TargetSettings)
    policy = TargetPolicy.of(local=settings.webhook_local, allowed_hosts=settings.webhook_allowed_hosts)
    return read_target(url, policy).url
