"""The option that begins what is too large for the machine; it loads nothing, for `sim serve`."""

from typing import Final

import click

FORCE: Final = click.option(
    "--force", is_flag=True, help="Begin even what is too large for the memory that is free here."
)
