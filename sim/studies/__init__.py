"""Many runs of a scenario, and what may be said of them."""
