"""The request log: the worker that stores requests, and the routes."""
