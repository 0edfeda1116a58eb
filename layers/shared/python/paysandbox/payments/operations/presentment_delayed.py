"""A capture that reaches the network later."""

from dataclasses import field
from datetime import datetime

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.payment import Body, Operation, Payment, State
from paysandbox.payments.stored import TIME


@record(kw_only=True)
class PresentmentDelayed(Operation):
    """A capture reaches the network only at `until` (UTC), and so a later batch. It moves no money."""

    kind = "delay"
    type_name = "presentment_delay"
    event = EventType.PAYMENT_PRESENTMENT_DELAYED

    capture_id: str
    until: datetime = field(metadata=TIME)

    def after(self, state: State, amount: int) -> State:
        """The capture's line waits, with what it shares."""
        line = replace(state.lines[self.capture_id], presented_at=self.until)
        if state.shares:
            from paysandbox.payments.connect.shares import presented_with  # few payments are shared

            state = presented_with(state, self.capture_id, self.until)
        return replace(state, lines={**state.lines, self.capture_id: line})

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the capture's amount."""
        return before.captures[self.capture_id].amount

    def own_facts(self, after: State) -> Body:
        """Which capture, and when it is presented."""
        return {"capture_id": self.capture_id, "presented_at": format_timestamp(self.until)}
