"""The real platform: what `sim pull` reads through the official SDK, and the scenario it makes."""
