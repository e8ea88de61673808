"""The replica scheduler: which thread of which replica serves which request, on arrays."""
