"""The tools of the MCP server, as a table: each is a command of this program, with some of its options as arguments.

The hints are those of the Model Context Protocol (specification of 2026-07-28, schema, "ToolAnnotations").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

KEY: Final = "idempotency_key"

Schema = Mapping[str, Any]


class Effect(Enum):
    """What a call does: reads, adds something new, or changes something that is there."""

    READS = "reads"
    ADDS = "adds"
    CHANGES = "changes"


class Form(Enum):
    """How an argument is written on the command line, if not as its option describes."""

    PAIRS = "pairs"
    """An object whose entries are NAME=VALUE."""
    FIELDS = "fields"
    """An object as a form has it: `card[number]=…`."""
    QUERY = "query"
    """The same, as the query of the path."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The JSON Schema of an argument that differs from its option's, and how it is written on the command line.

    `option` is the name of the option, if the argument has another.
    """

    schema: Schema
    form: Form | None = None
    option: str = ""


_VALUES: Final = {"type": ["string", "integer", "boolean"]}

AMOUNT: Final = Shape(
    schema={
        "type": "integer",
        "minimum": 1,
        "maximum": 99_999_999,
        "description": "In minor units: 1250 is 12.50 USD, and 500 JPY is 500.",
    }
)
REST: Final = Shape(schema={**AMOUNT.schema, "description": "In minor units. Default: the whole remaining amount."})
IDEMPOTENCY_KEY: Final = Shape(
    schema={
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[ -~]+$",
        "description": "Makes a retry safe. The same key with the same arguments returns the first answer, and nothing "
        "is done twice, also if that answer was lost. A new key is a new operation: a second payment, or a second "
        "refund. Choose one per operation, such as the order's number and the step, and keep it for every retry.",
    }
)
METADATA: Final = Shape(
    schema={
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Your own entries: names and texts.",
    },
    form=Form.PAIRS,
)
_SHARED: Final[Mapping[str, Shape]] = {KEY: IDEMPOTENCY_KEY}


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool: the words of its command, the options that are always given, and the arguments that it takes.

    An argument has the name of the command's option or argument, with `_` for `-`. `required` are those that a call
    must have. `shapes` are of arguments that are not what their options say. A `printed` tool runs nothing: its answer
    is the command, for the caller's own shell.
    """

    name: str
    title: str
    command: str
    description: str
    effect: Effect
    takes: str = ""
    required: str = ""
    given: str = ""
    shapes: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    repeatable: bool = False
    printed: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of its arguments, those that are required first."""
        return (*self.required.split(), *self.takes.split())

    def shape(self, argument: str) -> Shape | None:
        """Return the shape of an argument, or None if it is that of the command's option."""
        return self.shapes.get(argument, _SHARED.get(argument))

    @property
    def annotations(self) -> dict[str, Any]:
        """The hints for a client. Only a read, and what a caller's key or its nature makes safe, is idempotent."""
        reads = self.effect is Effect.READS
        return {
            "title": self.title,
            "readOnlyHint": reads,
            "destructiveHint": self.effect is Effect.CHANGES,
            "idempotentHint": reads or self.repeatable or KEY in self.required.split(),
            "openWorldHint": False,
        }


_LOG_LINES: Final = 50
_LOG_LINES_MAX: Final = 500
"""Of an answer, all of which an agent has in its context."""

_PATH: Final = {
    "type": "string",
    "pattern": "^/v1/[A-Za-z0-9_/-]+$",
    "description": "The path below /v1, without a query: /v1/payment_intents.",
}
_PARAMS: Final = {
    "type": "object",
    "description": "Parameters with Stripe's names, nested as in Stripe's SDKs: "
    '{"amount": 1250, "currency": "usd", "metadata": {"order": "1043"}, "expand": ["latest_charge"]}.',
}

TOOLS: Final = (
    Tool(
        name="sandbox_status",
        title="Show the sandbox",
        command="status",
        description="Show whether the sandbox runs, its base URL for an application, and its merchants. Keys are "
        "masked: `paysandbox status -o env` exports them in a shell.",
        effect=Effect.READS,
    ),
    Tool(
        name="authorize_payment",
        title="Authorize a payment",
        command="pay authorize",
        description="Authorize a payment with a test card, and capture it at once with capture=automatic. A decline is "
        "an answer with status declined, not an error.",
        effect=Effect.ADDS,
        required=f"amount {KEY}",
        takes="currency card capture reference description metadata outcome allow_partial",
        given="--minor",
        shapes={"amount": AMOUNT, "metadata": METADATA},
    ),
    Tool(
        name="capture_payment",
        title="Capture a payment",
        command="pay capture",
        description="Capture all or part of an authorized payment.",
        effect=Effect.CHANGES,
        required=f"auth_id {KEY}",
        takes="amount final",
        given="--minor",
        shapes={"amount": REST},
    ),
    Tool(
        name="void_payment",
        title="Void a payment",
        command="pay void",
        description="Void the uncaptured part of an authorized payment, which releases the cardholder's money.",
        effect=Effect.CHANGES,
        required=f"auth_id {KEY}",
    ),
    Tool(
        name="refund_payment",
        title="Refund a capture",
        command="pay refund",
        description="Refund all or part of a capture (cap_…), or of a payment with one capture (auth_…).",
        effect=Effect.CHANGES,
        required=f"transaction_id {KEY}",
        takes="amount reason outcome",
        given="--minor",
        shapes={"amount": REST},
    ),
    Tool(
        name="get_payment",
        title="Get a payment",
        command="pay show",
        description="Get a payment with its totals and operations, by its ID or that of one of its operations.",
        effect=Effect.READS,
        required="transaction_id",
    ),
    Tool(
        name="list_payments",
        title="List payments",
        command="pay list",
        description="List the merchant's payments, newest first. Two payments with one reference are a double charge.",
        effect=Effect.READS,
        takes="status reference last4 customer disputed created_from created_to order limit cursor",
    ),
    Tool(
        name="find",
        title="Find objects",
        command="find",
        description="Find what an ID of either API, a request ID, a reference, an order in metadata, a client "
        "reference ID, a description, a customer's name, an e-mail address, the last four digits of a card, an "
        "idempotency key or a path names.",
        effect=Effect.READS,
        required="query",
        shapes={
            "query": Shape(schema={"type": "string", "minLength": 1, "description": "What to find."}, option="text")
        },
    ),
    Tool(
        name="list_test_cards",
        title="List test cards",
        command="cards",
        description="List the published test cards with what each does. No running sandbox is needed.",
        effect=Effect.READS,
        takes="brand declines",
    ),
    Tool(
        name="list_simulations",
        title="List what can be simulated",
        command="simulate",
        description="List what the bank, the card network or the cardholder can do to an object now, and which steps "
        "are due. Without an object_id, list every action, with its parameters.",
        effect=Effect.READS,
        takes="object_id",
    ),
    Tool(
        name="simulate",
        title="Simulate a bank or cardholder",
        command="simulate",
        description="Make the bank, the card network or the cardholder do something to an object: decline it, complete "
        "a 3-D Secure challenge, fail a refund, or dispute a payment (action dispute). list_simulations "
        "has the actions.",
        effect=Effect.CHANGES,
        required=f"object_id action {KEY}",
        takes="arguments",
        shapes={
            "arguments": Shape(
                schema={
                    "type": "object",
                    "additionalProperties": _VALUES,
                    "description": 'Parameters of the action: {"kind": "inquiry"} of dispute.',
                },
                form=Form.PAIRS,
            )
        },
    ),
    Tool(
        name="trigger_event",
        title="Trigger an event",
        command="trigger",
        description="Trigger a webhook event, of the sandbox's types or of Stripe's, by performing the operations "
        "behind it on new objects. Each call performs them again.",
        effect=Effect.ADDS,
        required="event",
        takes="override endpoint",
        shapes={
            "override": Shape(
                schema={
                    "type": "object",
                    "additionalProperties": _VALUES,
                    "description": "Fields of the payment: amount (in minor units), currency, card, reference, "
                    "description or metadata.NAME.",
                },
                form=Form.PAIRS,
            )
        },
    ),
    Tool(
        name="list_events",
        title="List events",
        command="events list",
        description="List the merchant's events, newest first. An event appears within seconds of its operation.",
        effect=Effect.READS,
        takes="type transaction since until limit cursor",
    ),
    Tool(
        name="get_event",
        title="Get an event",
        command="events show",
        description="Get an event as published, with its delivery to each endpoint.",
        effect=Effect.READS,
        required="event_id",
    ),
    Tool(
        name="list_deliveries",
        title="List webhook deliveries",
        command="deliveries list",
        description="List deliveries of events to webhook endpoints, newest event first.",
        effect=Effect.READS,
        takes="event endpoint status limit cursor",
    ),
    Tool(
        name="get_delivery",
        title="Get a webhook delivery",
        command="deliveries show",
        description="Get a delivery with every attempt: request headers, response and latency.",
        effect=Effect.READS,
        required="delivery_id",
    ),
    Tool(
        name="list_requests",
        title="List requests",
        command="requests list",
        description="List the requests of the last seven days that the application sent, newest first.",
        effect=Effect.READS,
        takes="failed status route payment reference limit cursor",
    ),
    Tool(
        name="explain_request",
        title="Explain a request",
        command="requests explain",
        description="Explain a request by its Request-Id: what was sent and answered, whether a fault was injected, "
        "why it was refused or declined, and what to do.",
        effect=Effect.READS,
        required="request_id",
    ),
    Tool(
        name="read_logs",
        title="Read the sandbox's log",
        command="logs",
        description="Read the log lines of requests, delivery attempts and crashes of the last minutes, of all "
        "merchants.",
        effect=Effect.READS,
        takes="since failed route request limit",
        given=f"--limit={_LOG_LINES}",
        shapes={
            "limit": Shape(
                schema={
                    "type": "integer",
                    "minimum": 1,
                    "maximum": _LOG_LINES_MAX,
                    "description": f"Maximum number of lines, the newest. Default: {_LOG_LINES}.",
                }
            )
        },
    ),
    Tool(
        name="get_clock",
        title="Get the sandbox's time",
        command="clock show",
        description="Get the sandbox's time, and how far it is ahead.",
        effect=Effect.READS,
    ),
    Tool(
        name="advance_clock",
        title="Advance the sandbox's clock",
        command="clock advance",
        description="Advance the sandbox's clock, for everyone who uses it, and do what is due: holds expire, pending "
        "refunds complete, webhooks are retried. Give span or to. It does not go back.",
        effect=Effect.CHANGES,
        takes="span to",
    ),
    Tool(
        name="list_faults",
        title="List faults",
        command="faults list",
        description="List the rules that inject faults into the merchant's requests now.",
        effect=Effect.READS,
    ),
    Tool(
        name="list_fault_kinds",
        title="List kinds of faults",
        command="faults kinds",
        description="List the kinds of faults with their parameters. No running sandbox is needed.",
        effect=Effect.READS,
    ),
    Tool(
        name="get_fault_log",
        title="Get the log of faults",
        command="faults log",
        description="List the faults that were injected lately, and which status each request itself had: a request "
        "whose answer was lost may have moved money.",
        effect=Effect.READS,
    ),
    Tool(
        name="add_fault",
        title="Add a fault",
        command="faults add",
        description="Add a rule that injects a fault into the merchant's next requests. commit_then_reset loses the "
        "answer of an operation that was done. It ends by itself.",
        effect=Effect.ADDS,
        required=f"fault {KEY}",
        takes="route reference card event_type endpoint count percent seed after ttl",
    ),
    Tool(
        name="remove_fault",
        title="Remove a fault",
        command="faults remove",
        description="Remove a rule before it ends.",
        effect=Effect.CHANGES,
        required="fault_id",
        repeatable=True,
    ),
    Tool(
        name="lose_answers",
        title="Find the lost answers that cost money",
        command="lose",
        description="Get the command that runs a test or script against the sandbox, loses the answer to one call at a "
        "time, and reports double charges. It is returned and not run, since it starts programs: run it in a shell, as "
        "the user permits. Its exit code is 1 if money was lost.",
        effect=Effect.READS,
        required="command",
        takes="state_command reset recover loss only quick seed webhooks server",
        shapes={
            "command": Shape(
                schema={
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                    "description": 'The program and its arguments: ["python", "checkout.py"]. It reads STRIPE_API_BASE '
                    "and STRIPE_API_KEY, or PAYSANDBOX_BASE_URL and PAYSANDBOX_API_KEY.",
                }
            )
        },
        printed=True,
    ),
    Tool(
        name="search_docs",
        title="Search the documentation",
        command="docs search",
        description="Search the documentation. get_docs_page has the whole page.",
        effect=Effect.READS,
        required="query",
        takes="limit",
        shapes={
            "query": Shape(
                schema={"type": "string", "minLength": 1, "description": "Words to look for."}, option="words"
            )
        },
    ),
    Tool(
        name="get_docs_page",
        title="Get a page of the documentation",
        command="docs show",
        description="Get a page of the documentation as Markdown, by its path: how-to/lose-answers.",
        effect=Effect.READS,
        required="page",
    ),
    Tool(
        name="run_settlement",
        title="Run a settlement",
        command="settlements run",
        description="Settle the captures and refunds of all merchants up to now, or to the end of a past day: fees, "
        "payouts, reports and events. Nothing is settled twice.",
        effect=Effect.CHANGES,
        takes="date now",
        given="--wait",
    ),
    Tool(
        name="stripe_get",
        title="Read over Stripe's API",
        command="get",
        description="Send a GET request to the Stripe-compatible API, such as GET /v1/payment_intents.",
        effect=Effect.READS,
        required="path",
        takes="params",
        shapes={"path": Shape(schema=_PATH), "params": Shape(schema=_PARAMS, form=Form.QUERY, option="data")},
    ),
    Tool(
        name="stripe_post",
        title="Write over Stripe's API",
        command="post",
        description="Send a POST request to the Stripe-compatible API, such as POST /v1/payment_intents. Client "
        "secrets are masked in the answer.",
        effect=Effect.CHANGES,
        required=f"path {KEY}",
        takes="params",
        shapes={"path": Shape(schema=_PATH), "params": Shape(schema=_PARAMS, form=Form.FIELDS, option="fields")},
    ),
)
"""Every tool, in the order in which clients list them."""

BY_NAME: Final[Mapping[str, Tool]] = {tool.name: tool for tool in TOOLS}
