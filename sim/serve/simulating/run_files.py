"""What a run depends on, kept in its directory: the scenario, and a copy of each file it names.

A run that goes on later reads what was read at its beginning, whatever has become of the files
since. Modules that rules are imported from by name are not kept: they are installed, not named as
files.
"""

import os
import shutil
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final

from sim.results.files import SCENARIO_FILE, json_text
from sim.scenario.models.file_form import change_paths, resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario

FILES: Final = "files"
"""The folder of the copies."""

OWNER_ONLY: Final = 0o600
OWNER_ENTERS: Final = 0o700


def keep(scenario: Scenario, directory: Path) -> str:
    """Write the scenario and copies of its files into a directory; return the scenario's SHA-256.

    Raises:
        OSError: A file cannot be read or written.
    """
    data = resolved(scenario)
    copies: dict[str, str] = {}

    def kept(path: str) -> str:
        if path not in copies:
            name = f"{len(copies) + 1:02d}-{Path(path).name}"
            folder = directory / FILES
            folder.mkdir(mode=OWNER_ENTERS, exist_ok=True)
            shutil.copyfile((scenario.base_dir or Path()) / path, folder / name)
            (folder / name).chmod(OWNER_ONLY)
            copies[path] = f"{FILES}/{name}"
        return copies[path]

    change_paths(data, kept)
    text = json_text(data).encode()
    mode = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(directory / SCENARIO_FILE, mode, OWNER_ONLY), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return sha256(text).hexdigest()


def digest_of(directory: Path) -> str:
    """Return the SHA-256 of the scenario in a run's directory.

    Raises:
        OSError: It cannot be read.
    """
    return sha256((directory / SCENARIO_FILE).read_bytes()).hexdigest()


def kept_scenario(directory: Path) -> Scenario:
    """Return the scenario in a run's directory.

    Raises:
        ScenarioError: It cannot be used.
    """
    return load_scenario(directory / SCENARIO_FILE)


def are_same(one: Scenario, other: Scenario) -> bool:
    """Return whether two scenarios say the same, files by their content and not by their place.

    Raises:
        OSError: A file cannot be read.
    """
    return bool(_by_content(one) == _by_content(other))


def forget(directory: Path) -> None:
    """Take what `keep` has written out of a directory, as far as it is there."""
    (directory / SCENARIO_FILE).unlink(missing_ok=True)
    shutil.rmtree(directory / FILES, ignore_errors=True)


def settle_names(directory: Path) -> None:
    """Put the names of a directory's files on disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _by_content(scenario: Scenario) -> Any:
    data = resolved(scenario)

    def digest(path: str) -> str:
        with ((scenario.base_dir or Path()) / path).open("rb") as content:
            return file_digest(content, "sha256").hexdigest()

    change_paths(data, digest)
    return data
