"""Check URLs against this environment's policy."""

from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import TargetSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks.outbound.lookup import AddressNotAllowedError, Deadline, addresses_of, judged_addresses
from paysandbox.webhooks.outbound.target import TargetPolicy, needs_look_up, read_target

_LOOK_UP_S: Final = 2.0


def target_policy() -> TargetPolicy:
    """Return the policy of this environment."""
    settings = runtime.settings_of(TargetSettings)
    return TargetPolicy.of(
        local=settings.webhook_local,
        allowed_hosts=settings.webhook_allowed_hosts,
        own_port=runtime.engine_port(),
    )


def allowed_url(url: str) -> str:
    """Return the normalized URL. Raises Refused(url_not_allowed).

    Resolves no name on AWS, and locally only if the decision depends on it.
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
                "The URL's host could not be resolved, so it may be public or the sandbox itself. Check the name or "
                "use https:// and another port."
            ) from error
    return target.url


def _refused(detail: str) -> Refused:
    return Refused(Code.URL_NOT_ALLOWED, detail, "url")
