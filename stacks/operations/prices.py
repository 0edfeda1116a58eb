"""AWS list prices: those of us-east-1 in US dollars, each with the title of its pricing page and with its source.

Modeled, not measured: none has been checked against a bill. They were written from memory on 2026-11-20 and compared
on 2026-11-23 with public documents and tests that quote AWS's price list or one of its pages, with a date. What they
quote is the source: neither the list nor the pages could be read here. Check a price on its page before you rely on a
cent. Other regions cost up to a third more. Free tiers of the first twelve months are left out; those that never expire
are in `ALWAYS_FREE`.

The prices of the items that a request uses are in the layer (`paysandbox/metrics/price_list.py`), since `GET /metrics`
computes a cost from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from paysandbox.metrics import price_list
from paysandbox.metrics.price_list import PICODOLLARS

REGION: Final = "us-east-1"

DAYS_OF_A_MONTH: Final = 30
BYTES_OF_A_GB: Final = 10**9


# The offer codes of AWS's price list (`aws pricing get-products --service-code …`) by pricing page, to check a price
# there.
OFFERS: Final[Mapping[str, str]] = {
    "AWS KMS Pricing": "awskms",
    "AWS Lambda Pricing": "AWSLambda",
    "AWS Secrets Manager Pricing": "AWSSecretsManager",
    "AWS Step Functions Pricing": "AmazonStates",
    "AWS WAF Pricing": "awswaf",
    "AWS X-Ray Pricing": "AWSXRay",
    "Amazon API Gateway Pricing": "AmazonApiGateway",
    "Amazon CloudFront Pricing": "AmazonCloudFront",
    "Amazon CloudWatch Pricing": "AmazonCloudWatch",
    "Amazon S3 Pricing": "AmazonS3",
    "Amazon SES pricing": "AmazonSES",
    "Amazon SNS pricing": "AmazonSNS",
    "Amazon SQS pricing": "AWSQueueService",
    "Pricing for On-Demand Capacity - Amazon DynamoDB": "AmazonDynamoDB",
    "Pricing for Provisioned Capacity - Amazon DynamoDB": "AmazonDynamoDB",
}


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one `unit` in US dollars, the title of the pricing page, and what the price was compared with.

    `source` has the date of the list, or the day on which it was read.
    """

    usd: float
    unit: str
    page: str
    source: str


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
    FAIR_QUEUE_REQUEST = "SQS request, with message groups"
    LOG_GB = "CloudWatch Logs ingestion"
    METRIC_MONTH = "CloudWatch custom metric"
    ALARM_METRIC_MONTH = "CloudWatch alarm, of each metric in it"
    DASHBOARD_MONTH = "CloudWatch dashboard"
    TRACE = "X-Ray trace recorded"
    KEY_MONTH = "KMS customer key"
    SECRET_MONTH = "Secrets Manager secret"  # noqa: S105 - it is the name of what is billed
    MAIL = "SES mail"
    OBJECT_WRITE = "S3 request that writes or lists, Standard"
    WEB_ACL_MONTH = "WAF web ACL"
    WEB_ACL_RULE_MONTH = "WAF rule"
    WEB_ACL_REQUEST = "WAF request"
    EDGE_REQUEST = "CloudFront request, HTTPS"
    EDGE_GB = "CloudFront transfer to the internet"
    EDGE_FUNCTION = "CloudFront function call"
    EDGE_INVALIDATION = "CloudFront invalidation path"
    STATE_TRANSITION = "Step Functions state transition, Standard"
    WARM_WRITE_UNIT = "DynamoDB warm throughput, write unit a second, once"


def _listed(picodollars: int, unit: str, page: str, source: str) -> Price:
    """Return a price of the layer's list."""
    return Price(picodollars / PICODOLLARS, unit, page, source)


_LAMBDA, _DYNAMODB = "AWS Lambda Pricing", "Pricing for On-Demand Capacity - Amazon DynamoDB"
_CLOUDWATCH, _WAF = "Amazon CloudWatch Pricing", "AWS WAF Pricing"
_CLOUDFRONT = "Amazon CloudFront Pricing"
_PROVISIONED = "Pricing for Provisioned Capacity - Amazon DynamoDB"

_LAMBDA_LIST = "AWS price list of AWSLambda, 2026-09-19"
_DYNAMODB_LIST = "AWS price list of AmazonDynamoDB, 2026-09-11"
_CLOUDWATCH_LIST = "AWS price list of AmazonCloudWatch, 2026-09-22"
_WAF_LIST = "AWS price list of awswaf, 2026-01-07"
_CLOUDFRONT_LIST = "AWS price list of AmazonCloudFront, 2026-09-16"
# Infracost computes the costs that its tests expect from AWS's price list. The date is that of the last change.
_EXPECTED_2024_07 = "costs that Infracost's tests expect in us-east-1, 2024-07-01"
_EXPECTED_2024_12 = "costs that Infracost's tests expect in us-east-1, 2024-12-04"

PRICES: Final[Mapping[Item, Price]] = {
    Item.GATEWAY_REQUEST: _listed(
        price_list.GATEWAY_REQUEST,
        "request, of the first 333 million",
        "Amazon API Gateway Pricing",
        "AWS price list of AmazonApiGateway, read 2026-08-10",
    ),
    Item.FUNCTION_REQUEST: _listed(price_list.FUNCTION_REQUEST, "request", _LAMBDA, _LAMBDA_LIST),
    Item.FUNCTION_GB_S: _listed(price_list.FUNCTION_GB_S, "GB-second, of the first 7.5 billion", _LAMBDA, _LAMBDA_LIST),
    # Of functions on Python.
    Item.SNAPSHOT_GB_S: Price(
        1.5046e-6, "GB-second of memory and active version, of at least three hours", _LAMBDA, _LAMBDA_LIST
    ),
    Item.RESTORE_GB: Price(139.7998e-6, "GB of memory and start", _LAMBDA, _LAMBDA_LIST),
    Item.WRITE_UNIT: _listed(price_list.WRITE_UNIT, "unit", _DYNAMODB, _DYNAMODB_LIST),
    Item.READ_UNIT: _listed(price_list.READ_UNIT, "unit", _DYNAMODB, _DYNAMODB_LIST),
    Item.BACKUP_GB_MONTH: Price(
        0.20,
        "GB-month of the table",
        _DYNAMODB,
        "AWS price list of AmazonDynamoDB, read 2026-10-08",
    ),
    Item.TOPIC_REQUEST: _listed(
        price_list.TOPIC_REQUEST,
        "request of up to 64 KB; nothing for what goes to SQS",
        "Amazon SNS pricing",
        _EXPECTED_2024_12,
    ),
    Item.QUEUE_REQUEST: _listed(
        price_list.QUEUE_REQUEST,
        "request of up to 64 KB",
        "Amazon SQS pricing",
        "AWS price list of AWSQueueService, read 2026-09-21",
    ),
    Item.FAIR_QUEUE_REQUEST: _listed(
        price_list.FAIR_QUEUE_REQUEST,
        "request of up to 64 KB to a standard queue whose messages have a group, in addition",
        "Amazon SQS pricing",
        "AWS price list of AWSQueueService, read 2026-10-08",
    ),
    Item.LOG_GB: _listed(price_list.LOG_BYTE * BYTES_OF_A_GB, "GB", _CLOUDWATCH, _CLOUDWATCH_LIST),
    Item.METRIC_MONTH: Price(
        0.30,
        "metric and month, by the hours in which it is written",
        _CLOUDWATCH,
        "AWS price list of AmazonCloudWatch, read 2026-09-21",
    ),
    Item.ALARM_METRIC_MONTH: Price(0.10, "metric and month", _CLOUDWATCH, _CLOUDWATCH_LIST),
    Item.DASHBOARD_MONTH: Price(3.00, "dashboard and month", _CLOUDWATCH, _EXPECTED_2024_07),
    # The notes quote the page of a month. AWS's price list of ap-northeast-1, 2026-08-06, has the same price.
    Item.TRACE: _listed(
        price_list.TRACE, "trace", "AWS X-Ray Pricing", "Amazon CloudWatch Pricing (public notes), read 2026-03"
    ),
    Item.KEY_MONTH: Price(
        1.00,
        "key and month; each of the first two rotations adds as much",
        "AWS KMS Pricing",
        "AWS KMS Pricing, read 2026-09-29",
    ),
    # Reads are 0.05 USD per 10,000: one for each execution environment that starts.
    Item.SECRET_MONTH: Price(
        0.40,
        "secret and month",
        "AWS Secrets Manager Pricing",
        "AWS price list of AWSSecretsManager, read 2026-09-24",
    ),
    # Essentials is the plan with which SES begins in an account since 2026-07-21. À la carte, a mail costs 0.10e-3.
    Item.MAIL: Price(
        0.16e-3,
        "mail, of the first 10 million in the plan Essentials",
        "Amazon SES pricing",
        "AWS price list of AmazonSES, 2026-07-22",
    ),
    Item.OBJECT_WRITE: Price(5e-6, "request", "Amazon S3 Pricing", "Amazon S3 Pricing (public notes), read 2026-11"),
    Item.WEB_ACL_MONTH: Price(5.00, "web ACL and month", _WAF, _WAF_LIST),
    Item.WEB_ACL_RULE_MONTH: Price(1.00, "rule and month", _WAF, _WAF_LIST),
    Item.WEB_ACL_REQUEST: Price(0.60e-6, "request of up to 1,500 capacity units", _WAF, _WAF_LIST),
    Item.EDGE_REQUEST: Price(1.00e-6, "request in North America", _CLOUDFRONT, _CLOUDFRONT_LIST),
    Item.EDGE_GB: Price(0.085, "GB in North America and Europe", _CLOUDFRONT, _CLOUDFRONT_LIST),
    Item.EDGE_FUNCTION: Price(0.10e-6, "call", _CLOUDFRONT, _CLOUDFRONT_LIST),
    Item.EDGE_INVALIDATION: Price(0.005, "path", _CLOUDFRONT, _EXPECTED_2024_07),
    Item.STATE_TRANSITION: Price(25e-6, "transition", "AWS Step Functions Pricing", _EXPECTED_2024_07),
    # Billed once for each unit of a raise, at the hourly price of a provisioned unit.
    Item.WARM_WRITE_UNIT: Price(
        0.65e-3,
        "unit a second above the default of 4,000",
        _PROVISIONED,
        "Amazon DynamoDB: Multi-Region (public notes), 2026-09-17",
    ),
}

PROVENANCE: Final = f"prices of {REGION}, each checked against a dated source"
"""What a page that shows costs says of these prices."""

# Per account and month, without expiry. Two environments in one account share these amounts. Public documents of
# 2026-07-29 to 2026-09-24 quote them from AWS's pages, except those of X-Ray and Step Functions: copies of AWS's pages
# without a date have them.
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
