"""How much memory this process may still take, without being killed for it or refused."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MEMINFO: Final = Path("/proc/meminfo")
_STATM: Final = Path("/proc/self/statm")
_CGROUP: Final = Path("/proc/self/cgroup")
_CGROUPS: Final = Path("/sys/fs/cgroup")
_V1_UNLIMITED_BYTES: Final = 2**60
"""Version 1 of cgroups writes the greatest number of pages where there is no limit."""


def free_memory_bytes() -> int | None:
    """Return the bytes that this process may still take, None where the system does not say.

    The least of what the machine has, of what the limits of its control groups leave, and of what
    its own limit on address space (`ulimit -v`) leaves. Linux says what is available without
    swapping; elsewhere it is the whole memory of the machine.

    Source: Linux, Documentation/filesystems/proc.rst (MemAvailable), admin-guide/cgroup-v2.rst
    (memory.max, memory.current, memory.stat); getrlimit(2).
    """
    found = [*_of_the_machine(), *_of_control_groups(_CGROUPS, _CGROUP), *_of_the_process()]
    return max(0, min(found)) if found else None


def _of_the_machine() -> Iterator[int]:
    for line in _text(_MEMINFO).splitlines():
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024
            return
    try:
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return


def _of_the_process() -> Iterator[int]:
    limit_bytes, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _text(_STATM).split()
    if limit_bytes != resource.RLIM_INFINITY and pages:
        yield limit_bytes - int(pages[0]) * os.sysconf("SC_PAGE_SIZE")


def _of_control_groups(mount: Path, listing: Path) -> Iterator[int]:
    """Yield what is left of the limit of each control group that the process is in.

    Args:
        mount: Where control groups are mounted.
        listing: The file that says which the process is in.
    """
    for line in _text(listing).splitlines():
        _, controllers, path = line.split(":", 2)
        own = path.strip("/")
        if not controllers:
            for folder in _up_to(mount, own):
                yield from _left(folder, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            for folder in _up_to(mount / "memory", own):
                yield from _left(
                    folder,
                    "memory.limit_in_bytes",
                    "memory.usage_in_bytes",
                    "total_inactive_file",
                )


def _up_to(mount: Path, own: str) -> Iterator[Path]:
    """Yield a group's folder and those above it; in a container only the last may be there."""
    folder = mount / own
    yield folder
    while folder != mount:
        folder = folder.parent
        yield folder


def _left(folder: Path, limit_file: str, use_file: str, cached: str) -> Iterator[int]:
    """Yield the limit less what is in use; pages of files that can be dropped are not in use."""
    limit, used = _text(folder / limit_file).strip(), _text(folder / use_file).strip()
    if not (limit.isdigit() and used.isdigit()) or int(limit) >= _V1_UNLIMITED_BYTES:
        return
    words = _text(folder / "memory.stat").split()
    counts = dict(zip(words[::2], words[1::2], strict=False))
    yield int(limit) - int(used) + int(counts.get(cached, 0))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
