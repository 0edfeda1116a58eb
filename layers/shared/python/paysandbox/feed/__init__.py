"""The feed: requests, events and delivery attempts of the last 24 hours, in the order in which they were recorded."""
