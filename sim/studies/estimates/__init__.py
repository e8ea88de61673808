"""What a sample of runs says of the runs that could be: pure functions of arrays."""
