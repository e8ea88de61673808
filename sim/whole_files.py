"""Files that are written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes, *, is_private: bool = False) -> None:
    """Write a file: until all of it is there, `path` is what it was before.

    It is written beside its place and renamed into it.

    Args:
        path: Where.
        content: All of it.
        is_private: Whether only its owner may read it.

    Raises:
        OSError: The folder is not there or cannot be written to; it names `path`.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        mode = 0o600 if is_private else 0o666
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as f:
            f.write(content)
        unfinished.replace(path)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
