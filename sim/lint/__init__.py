"""What arithmetic says of a scenario before anything is simulated."""
