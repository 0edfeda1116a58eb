"""Commands about events, endpoints and deliveries."""
