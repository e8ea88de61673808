"""What a scenario says: frozen models of its parts, which know nothing of where it was written."""
