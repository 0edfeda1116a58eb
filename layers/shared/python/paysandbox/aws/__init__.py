"""AWS as the functions use it: clients, clock, settings, secrets, queues, tables' common ground."""
