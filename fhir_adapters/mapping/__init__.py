"""One small reader for each resource type, and the table that lists them."""
