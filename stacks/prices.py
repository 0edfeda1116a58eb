"""AWS list prices: those of us-east-1 in US dollars, dated, each with the title of its pricing page.

Modelled, not measured: none has been checked against a bill. Most were written from memory on `AS_OF`, without an
account or AWS's price list: check them against the pages before you rely on a cent. Other regions cost up to a third
more. Free tiers of the first twelve months are left out; those that never expire are in `ALWAYS_FREE`.

The prices of the items that a request uses are in the layer (`paysandbox/metrics/price_list.py`), since `GET /metrics`
computes a cost from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from paysandbox.metrics import price_list
from paysandbox.metrics.price_list import PICODOLLARS

AS_OF: Final = "2026-11-20"
REGION: Final = "us-east-1"

DAYS_OF_A_MONTH: Final = 30
BYTES_OF_A_GB: Final = 10**9


# The offer codes of AWS's price list (`aws pricing get-products --service-code …`) by pricing page, to check a price
# there. They too are from memory: neither the pages nor the price list could be read where this was written.
OFFERS: Final[Mapping[str, str]] = {
    "AWS KMS Pricing": "awskms",
    "AWS Lambda Pricing": "AWSLambda",
    "AWS Step Functions Pricing": "AmazonStates",
    "AWS WAF Pricing": "awswaf",
    "AWS X-Ray Pricing": "AWSXRay",
    "Amazon API Gateway Pricing": "AmazonApiGateway",
    "Amazon CloudFront Pricing": "AmazonCloudFront",
    "Amazon CloudWatch Pricing": "AmazonCloudWatch",
    "Amazon SES pricing": "AmazonSES",
    "Amazon SNS pricing": "AmazonSNS",
    "Amazon SQS pricing": "AWSQueueService",
    "Pricing for On-Demand Capacity - Amazon DynamoDB": "AmazonDynamoDB",
    "Pricing for Provisioned Capacity - Amazon DynamoDB": "AmazonDynamoDB",
}


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one `unit` in US dollars, and the title of the pricing page."""

    usd: float
    unit: str
    page: str


class Item(StrEnum):
    """A billed item."""

    GATEWAY_REQUEST = "API Gateway REST request"
    FUNCTION_REQUEST = "Lambda request"
    FUNCTION_GB_S = "Lambda duration, arm64"
    SNAPSHOT_GB_S = "Lambda SnapStart, cache"
    RESTORE_GB = "Lambda SnapStart, restore"
    WRITE_UNIT = "DynamoDB write request unit"
    READ_UNIT = "DynamoDB read request unit"
    BACKUP_GB_MONTH = "DynamoDB point-in-time recovery"
    TOPIC_REQUEST = "SNS request"
    QUEUE_REQUEST = "SQS request, standard"
    LOG_GB = "CloudWatch Logs ingestion"
    METRIC_MONTH = "CloudWatch custom metric"
    ALARM_METRIC_MONTH = "CloudWatch alarm, of each metric in it"
    DASHBOARD_MONTH = "CloudWatch dashboard"
    TRACE = "X-Ray trace recorded"
    KEY_MONTH = "KMS customer key"
    MAIL = "SES mail"
    WEB_ACL_MONTH = "WAF web ACL"
    WEB_ACL_RULE_MONTH = "WAF rule"
    WEB_ACL_REQUEST = "WAF request"
    EDGE_REQUEST = "CloudFront request, HTTPS"
    EDGE_GB = "CloudFront transfer to the internet"
    EDGE_FUNCTION = "CloudFront function call"
    EDGE_INVALIDATION = "CloudFront invalidation path"
    STATE_TRANSITION = "Step Functions state transition, Standard"
    WARM_WRITE_UNIT = "DynamoDB warm throughput, write unit a second, once"


def _listed(picodollars: int, unit: str, page: str) -> Price:
    """Return a price of the layer's list."""
    return Price(picodollars / PICODOLLARS, unit, page)


_LAMBDA, _DYNAMODB = "AWS Lambda Pricing", "Pricing for On-Demand Capacity - Amazon DynamoDB"
_CLOUDWATCH, _WAF = "Amazon CloudWatch Pricing", "AWS WAF Pricing"
_CLOUDFRONT = "Amazon CloudFront Pricing"
_PROVISIONED = "Pricing for Provisioned Capacity - Amazon DynamoDB"

PRICES: Final[Mapping[Item, Price]] = {
    Item.GATEWAY_REQUEST: _listed(
        price_list.GATEWAY_REQUEST, "request, of the first 333 million", "Amazon API Gateway Pricing"
    ),
    Item.FUNCTION_REQUEST: _listed(price_list.FUNCTION_REQUEST, "request", _LAMBDA),
    Item.FUNCTION_GB_S: _listed(price_list.FUNCTION_GB_S, "GB-second, of the first 7.5 billion", _LAMBDA),
    # Of functions on Python. Third parties quote the same two figures (awsnegotiations.com, May 2026).
    Item.SNAPSHOT_GB_S: Price(1.5046e-6, "GB-second of memory and active version, of at least three hours", _LAMBDA),
    Item.RESTORE_GB: Price(139.7998e-6, "GB of memory and start", _LAMBDA),
    Item.WRITE_UNIT: _listed(price_list.WRITE_UNIT, "unit", _DYNAMODB),
    Item.READ_UNIT: _listed(price_list.READ_UNIT, "unit", _DYNAMODB),
    Item.BACKUP_GB_MONTH: Price(0.20, "GB-month of the table", _DYNAMODB),
    Item.TOPIC_REQUEST: _listed(
        price_list.TOPIC_REQUEST, "request of up to 64 KB; nothing for what goes to SQS", "Amazon SNS pricing"
    ),
    Item.QUEUE_REQUEST: _listed(price_list.QUEUE_REQUEST, "request of up to 64 KB", "Amazon SQS pricing"),
    Item.LOG_GB: _listed(price_list.LOG_BYTE * BYTES_OF_A_GB, "GB", _CLOUDWATCH),
    Item.METRIC_MONTH: Price(0.30, "metric and month, by the hours in which it is written", _CLOUDWATCH),
    Item.ALARM_METRIC_MONTH: Price(0.10, "metric and month", _CLOUDWATCH),
    Item.DASHBOARD_MONTH: Price(3.00, "dashboard and month", _CLOUDWATCH),
    Item.TRACE: _listed(price_list.TRACE, "trace", "AWS X-Ray Pricing"),
    Item.KEY_MONTH: Price(1.00, "key and month; each of the first two rotations adds as much", "AWS KMS Pricing"),
    Item.MAIL: Price(0.10e-3, "mail, without attachments", "Amazon SES pricing"),
    Item.WEB_ACL_MONTH: Price(5.00, "web ACL and month", _WAF),
    Item.WEB_ACL_RULE_MONTH: Price(1.00, "rule and month", _WAF),
    Item.WEB_ACL_REQUEST: Price(0.60e-6, "request of up to 1,500 capacity units", _WAF),
    Item.EDGE_REQUEST: Price(1.00e-6, "request in North America", _CLOUDFRONT),
    Item.EDGE_GB: Price(0.085, "GB in North America and Europe", _CLOUDFRONT),
    Item.EDGE_FUNCTION: Price(0.10e-6, "call", _CLOUDFRONT),
    Item.EDGE_INVALIDATION: Price(0.005, "path", _CLOUDFRONT),
    Item.STATE_TRANSITION: Price(25e-6, "transition", "AWS Step Functions Pricing"),
    # Billed once for each unit of a raise, at the hourly price of a provisioned unit.
    Item.WARM_WRITE_UNIT: Price(0.65e-3, "unit a second above the default of 4,000", _PROVISIONED),
}

# Per account and month, without expiry. Two environments in one account share these amounts.
ALWAYS_FREE: Final[Mapping[Item, float]] = {
    Item.FUNCTION_REQUEST: 1_000_000,
    Item.FUNCTION_GB_S: 400_000,
    Item.TOPIC_REQUEST: 1_000_000,
    Item.QUEUE_REQUEST: 1_000_000,
    Item.LOG_GB: 5,
    Item.METRIC_MONTH: 10,
    Item.ALARM_METRIC_MONTH: 10,
    Item.DASHBOARD_MONTH: 3,
    Item.TRACE: 100_000,
    Item.STATE_TRANSITION: 4_000,
    Item.EDGE_REQUEST: 10_000_000,
    Item.EDGE_GB: 1_000,
    Item.EDGE_FUNCTION: 2_000_000,
    Item.EDGE_INVALIDATION: 1_000,
}

# A dashboard with more metrics does not count as one of the three free ones.
FREE_DASHBOARD_METRICS: Final = 50


def usd(used: Mapping[Item, float], *, beyond_free: bool) -> float:
    """Return the cost of a month's usage, at list price or beyond the free tier of an account with no other usage."""
    free = ALWAYS_FREE if beyond_free else {}
    return sum(max(0.0, amount - free.get(item, 0)) * PRICES[item].usd for item, amount in used.items())
