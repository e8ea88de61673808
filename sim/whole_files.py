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
    unfinished = _beside(path)
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


def try_writing(path: Path) -> None:
    """Return if a file can be written to `path`, which stays as it is.

    Raises:
        OSError: Its folder is not there or cannot be written to; it names `path`.
    """
    unfinished = _beside(path)
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(exist_ok=False)
        unfinished.unlink()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
