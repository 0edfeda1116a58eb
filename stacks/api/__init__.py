"""The stacks of the two REST APIs: their routes, stages and limits, and the functions that only answer requests."""
