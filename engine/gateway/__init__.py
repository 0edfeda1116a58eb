"""The API Gateway of the engine: what it resolves a request to, once for each change, and the way to it."""
