"""Whether events may be sent to a URL, by this environment's policy."""

from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import TargetSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks.lookup import AddressNotAllowedError, Deadline, addresses_of, judged_addresses
from paysandbox.webhooks.target import TargetPolicy, needs_look_up, read_target

_LOOK_UP_S: Final = 2.0


def target_policy() -> TargetPolicy:
    """The policy of this environment."""
    settings = runtime.settings_of(TargetSettings)
    return TargetPolicy.of(
        local=settings.webhook_local,
        allowed_hosts=settings.webhook_allowed_hosts,
        own_port=runtime.engine_port(),
    )


def allowed_url(url: str) -> str:
    """The URL as events are sent to it. Raises Refused(url_not_allowed).

    No name is looked up on AWS, nor for most URLs locally: only where the answer decides.
    """
    policy = target_policy()
    target = read_target(url, policy)
    if needs_look_up(target, policy):
        try:
            judged_addresses(target, policy, addresses_of, Deadline.after(_LOOK_UP_S))
        except AddressNotAllowedError as error:
            raise _refused(str(error)) from error
        except OSError as error:
            raise _refused(
                "The URL's host was not found, so it may be public, or the sandbox itself. Check its name, or use "
                "https:// and another port."
            ) from error
    return target.url


def _refused(detail: str) -> Refused:
    return Refused(Code.URL_NOT_ALLOWED, detail, "url")
