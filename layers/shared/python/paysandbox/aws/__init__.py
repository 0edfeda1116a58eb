"""AWS access for the functions: clients, clock, settings, secrets, queues, and code that several tables share."""
