"""Load, and whether the API stays right under it: `make load`, or `locust -f locustfile.py --host …`.

docs/how-to/load-test.md describes both.
"""
