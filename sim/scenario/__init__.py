"""What is simulated: the models of a scenario file, and the loader that reads one."""
