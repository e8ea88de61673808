"""What a PUT or a publish will do: arithmetic first, then many runs with it and without it."""
