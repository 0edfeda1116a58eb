"""Events on their way out: the records of a stream as messages of the environment's SNS topic."""
