"""Settlement: its routes, and the workers that are the steps of the state machine."""
