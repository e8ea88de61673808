"""What an exit status says to the shell."""

from typing import Final

DONE: Final = 0
OUR_FAULT: Final = 1
YOUR_INPUT: Final = 2
NEGATIVE: Final = 3
"""The command has done its work, and what it was asked is answered with no or never."""
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells report it."""
READER_GONE: Final = 141
"""128 + SIGPIPE, as shells report it."""
