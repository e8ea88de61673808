"""From what people write to models, or to every fault in it with its line and column."""
