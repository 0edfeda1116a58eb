"""DynamoDB: reads of many items, conditional writes, sharded indexes, and what its errors mean."""
