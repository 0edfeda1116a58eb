"""Workers of settlement: the steps of the state machine, in the order of its definition."""
