"""AWS list prices of what a request uses, in whole picodollars (10**-12 US dollars), so that no rule needs a fraction.

Prices of us-east-1. `stacks/operations/prices.py` names their pricing pages and dated sources, and has all others.
"""

from typing import Final

PICODOLLARS: Final = 10**12
"""Picodollars in a US dollar."""

GATEWAY_REQUEST: Final = 3_500_000
"""Of API Gateway, a REST API."""
FUNCTION_REQUEST: Final = 200_000
"""An invocation of Lambda."""
FUNCTION_GB_S: Final = 13_333_400
"""A GB-second of Lambda on arm64."""
WRITE_UNIT: Final = 625_000
"""A write request unit of DynamoDB."""
READ_UNIT: Final = 125_000
"""A read request unit of DynamoDB."""
TOPIC_REQUEST: Final = 500_000
"""A request to SNS."""
QUEUE_REQUEST: Final = 400_000
"""A request to SQS."""
FAIR_QUEUE_REQUEST: Final = 100_000
"""What a request to SQS costs in addition if its messages have a group."""
LOG_BYTE: Final = 500
"""A byte that CloudWatch Logs ingests: 0.50 US dollars a GB."""
TRACE: Final = 5_000_000
"""A trace that X-Ray records."""
