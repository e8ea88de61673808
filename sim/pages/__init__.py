"""Pages that people show to others: one HTML file each, which needs no network and no program."""
