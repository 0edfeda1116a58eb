"""The rim: clock, dice, AWS clients, HTTP, logs. Handlers reach the world through here."""
