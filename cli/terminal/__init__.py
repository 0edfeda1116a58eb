"""Terminal input and output: streams, options, errors."""
