"""Load tests that check the API's correctness under load: `make load`, or `locust -f locustfile.py --host …`.

docs/how-to/load-test.md describes both.
"""
