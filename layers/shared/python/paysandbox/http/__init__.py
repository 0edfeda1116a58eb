"""HTTP: from an API Gateway event to a response (routes, requests, answers, errors)."""
