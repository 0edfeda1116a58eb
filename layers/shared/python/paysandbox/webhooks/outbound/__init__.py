"""HTTP requests to endpoints, at checked addresses only."""
