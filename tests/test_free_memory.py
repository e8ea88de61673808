"""How much memory is free: the least of what machine, control groups and the process leave."""

import subprocess
import sys
from pathlib import Path

import pytest

from sim import free_memory

OWN_LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from sim.free_memory import free_memory_bytes
print(free_memory_bytes())
"""


def test_what_the_machine_has_is_known_and_a_limit_of_the_process_makes_it_less() -> None:
    """Of 1 GiB of address space the interpreter has taken some, and not all."""
    here = free_memory.free_memory_bytes()
    assert here is not None
    limited = subprocess.run(
        [sys.executable, "-c", OWN_LIMIT], capture_output=True, text=True, check=True
    )

    assert 2**28 < int(limited.stdout) < 2**30


@pytest.mark.parametrize(
    ("listing", "folder", "names"),
    [
        ("0::/a/b\n", "a", ("memory.max", "memory.current", "inactive_file")),
        ("0::/gone/outside\n", ".", ("memory.max", "memory.current", "inactive_file")),
        (
            "5:cpu,memory:/a\n1:name=systemd:/a\n",
            "memory/a",
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ),
    ],
)
def test_a_control_group_leaves_its_limit_less_what_is_in_use(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    listing: str,
    folder: str,
    names: tuple[str, str, str],
) -> None:
    """1000 less 700, of which 200 are files that can be dropped: of the group, or of one above."""
    (tmp_path / "cgroup").write_text(listing)
    group = tmp_path / folder
    group.mkdir(parents=True, exist_ok=True)
    limit, used, cached = names
    (group / limit).write_text("1000\n")
    (group / used).write_text("700\n")
    (group / "memory.stat").write_text(f"anon 500\n{cached} 200\n")
    monkeypatch.setattr(free_memory, "_CGROUPS", tmp_path)
    monkeypatch.setattr(free_memory, "_CGROUP", tmp_path / "cgroup")

    assert free_memory.free_memory_bytes() == 1000 - 700 + 200

    (group / limit).write_text("max\n")
    assert (free_memory.free_memory_bytes() or 0) > 1000
