"""Payment methods: the cards that a request names, and those that are stored."""
