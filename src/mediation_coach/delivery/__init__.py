"""One way in and one way out: a durable inbox and a durable outbox."""
