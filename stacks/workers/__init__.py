"""The stacks of what runs by itself: functions behind streams, queues and schedules, and the routes beside them."""
