"""The JSON Schemas of what people write, made from the models."""
