"""The file that `locust` loads by default; the load test is in `load_tests/locustfile.py`."""

from load_tests.locustfile import Checkout, Declines, HotCard, HotMerchant, RetryStorm

__all__ = ["Checkout", "Declines", "HotCard", "HotMerchant", "RetryStorm"]
