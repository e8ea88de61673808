"""What is simulated: the models, what they may say, their schemas, and how files are read."""
