# pyright: standard
"""Send subsegments to the X-Ray daemon without messages of exceptions. Imports the X-Ray SDK: see `tracing.py`.

AWS quotes parameters in some messages: SES, for example, the address of a donor.
"""

from typing import Any

from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter


class EmitterWithoutMessages(UDPEmitter):
    """The SDK's emitter. Of an exception, a trace has its type and its stack."""

    def send_entity(self, entity: Any) -> None:
        """Send a segment or subsegment."""
        _remove_messages(entity)
        super().send_entity(entity)


def _remove_messages(entity: Any) -> None:
    # An exception that an inner subsegment has recorded already is only a reference here, a text.
    if isinstance(entity.cause, dict):
        for exception in entity.cause.get("exceptions", ()):
            exception.message = None
    for inner in entity.subsegments:
        _remove_messages(inner)
