"""Lambda functions of settlement: routes, and workers for the steps of the state machine."""
