"""Figures as files: the same figure gives the same bytes."""

import re
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

from matplotlib.figure import Figure

from sim.errors import SimError
from sim.plots.style import style
from sim.plots.text import FONT
from sim.whole_files import write_whole

DOTS_PER_INCH: Final = 150

FORMATS: Final = MappingProxyType(
    {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
)
"""The suffixes that can be written, and what is left out of each beside the figure."""

SVG_FONTS: Final = f"'{FONT}', 'Bitstream Vera Sans', Verdana, sans-serif"
"""What text in SVG is shown in: the first that the viewer has. Verdana is as wide as ours."""

_SVG_FONT: Final = re.compile(rf"""(<text style="[^"]*?)'{FONT}'""".encode())


class UnknownFormatError(SimError):
    """A picture was asked for in a format that cannot be written."""


def check_suffix(path: Path) -> None:
    """Return if a figure can be written to *path* by its suffix.

    Raises:
        UnknownFormatError: It cannot.
    """
    if path.suffix.lower() not in FORMATS:
        raise UnknownFormatError(
            f"{path}: the suffix of a picture must be one of {', '.join(FORMATS)}"
        )


def save(figure: Figure, path: Path) -> None:
    """Write *figure* to *path*, in the format of its suffix; *path* is whole or untouched.

    Raises:
        UnknownFormatError: The suffix is none of `FORMATS`.
        OSError: The folder is not there or cannot be written to; it names *path*.
    """
    check_suffix(path)
    write_whole(path, content_of(figure, path.suffix.lower()))


def content_of(figure: Figure, suffix: str) -> bytes:
    """Return *figure* in the format of one of the suffixes of `FORMATS`.

    No date and no version goes into it, so that the same figure is the same bytes.
    """
    picture = BytesIO()
    with style():
        figure.savefig(picture, format=suffix[1:], dpi=DOTS_PER_INCH, metadata=FORMATS[suffix])
    content = picture.getvalue()
    if suffix == ".svg":
        content = _SVG_FONT.sub(rb"\1" + SVG_FONTS.encode(), content)
    return content
