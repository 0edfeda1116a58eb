"""Card payments: one handler per route."""

import gc

# Loading a handler creates 85,000 long-lived objects and no garbage. Python would run the collector every 700 objects,
# which took a twelfth of a cold start. Requests create almost no garbage either, so running it rarely is enough.
gc.set_threshold(100_000)
