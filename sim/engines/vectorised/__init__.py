"""The vectorised engine: which thread of which replica serves which request, on arrays."""
