"""Where tests happen: moto with its tables, a deployed account, the workers of a feature, and the transport to AWS."""
