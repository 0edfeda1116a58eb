"""Where `locust` looks when it is started in this folder; the load test is `load_tests/locustfile.py`."""

from load_tests.locustfile import Checkout, Declines, HotCard, HotMerchant, RetryStorm

__all__ = ["Checkout", "Declines", "HotCard", "HotMerchant", "RetryStorm"]
