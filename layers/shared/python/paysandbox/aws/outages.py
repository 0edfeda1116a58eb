"""Which errors are AWS's, so that trying again may help. Any other is that of what was being processed."""

from typing import Final

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.core.errors import Code, Refused


class OutageError(Exception):
    """AWS answered, but did only a part of what was asked. Try again later."""


_OF_AWS: Final = (ClientError, BotoCoreError, Boto3Error, OutageError)


def is_outage(error: BaseException) -> bool:
    """Return whether an error is AWS's own or `service_unavailable`, or was raised from such an error.

    Only `raise … from` counts, and not what was being handled: after a failed condition, which is a ClientError too,
    the item in the way is read, and an error there is the item's.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _OF_AWS) or (isinstance(cause, Refused) and cause.code is Code.SERVICE_UNAVAILABLE):
            return True
        cause = cause.__cause__
    return False
