"""The command over the dead-letter queues."""
