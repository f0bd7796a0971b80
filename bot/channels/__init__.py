"""The edges where workers write: one module per channel, and none knows another."""
