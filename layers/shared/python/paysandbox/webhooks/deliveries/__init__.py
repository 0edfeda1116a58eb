"""Deliveries: planned for each event and endpoint, and attempted until they arrive or are given up."""
