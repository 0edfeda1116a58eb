"""The shapes of the API: what a request must look like, and how answers are rendered from stored facts."""
