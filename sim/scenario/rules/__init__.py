"""What a scenario may say: what its parts must be to each other, to files and to the API."""
