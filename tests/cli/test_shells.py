"""Completion as a shell does it: a terminal, a few letters, Tab.

bash is on every machine of ours; zsh and fish are tried where they are installed.
"""

import fcntl
import os
import pty
import select
import shutil
import subprocess
import sys
import termios
from pathlib import Path
from time import monotonic
from typing import Final

import pytest

SHELLS: Final = {
    "bash": (["--norc", "--noprofile", "-i"], 'eval "$(_SIM_COMPLETE=bash_source sim)"'),
    "zsh": (
        ["-f", "-i"],
        'autoload -Uz compinit && compinit -u; eval "$(_SIM_COMPLETE=zsh_source sim)"',
    ),
    "fish": (["--no-config", "-i"], "_SIM_COMPLETE=fish_source sim | source"),
}
"""How each is begun without its user's settings, and the line of the README for it.

What completes in zsh is defined by its `compinit`, which most people's settings call.
"""

LONG_S: Final = 30.0


class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, shell: str, folder: Path) -> None:
        program = shutil.which(shell)
        if program is None:
            pytest.skip(f"{shell} is not installed")
        self._screen, inside = pty.openpty()
        arguments, begin = SHELLS[shell]
        self._process = subprocess.Popen(
            [program, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=folder,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(folder),
                "TERM": "dumb",
                "LANG": "C.UTF-8",
            },
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(inside, termios.TIOCSCTTY, 0),
        )
        os.close(inside)
        self.type(f"{begin}; echo be''gun\n")
        self.see("begun")

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._screen, text.encode())

    def see(self, text: str) -> None:
        """Wait until something is on the screen that was not typed.

        Raises:
            AssertionError: It does not come; its message has the screen.
        """
        seen, end_s = "", monotonic() + LONG_S
        while text not in seen:
            if not select.select([self._screen], [], [], max(0.0, end_s - monotonic()))[0]:
                raise AssertionError(f"no {text!r} on the screen: {seen!r}")
            seen += os.read(self._screen, 65_536).decode(errors="replace")

    def close(self) -> None:
        """End the shell."""
        self._process.kill()
        self._process.wait()
        os.close(self._screen)


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_a_verb_an_option_and_a_file(shell: str, tmp_path: Path) -> None:
    """After the line of the README, each as soon as it is the only one that begins so."""
    (tmp_path / "my-first.yaml").touch()
    terminal = Terminal(shell, tmp_path)
    try:
        terminal.type("sim stu\t")
        terminal.see("dy")
        terminal.type("--prec\t")
        terminal.see("ision")
        terminal.type(" 5% my\t")
        terminal.see("-first.yaml")
    finally:
        terminal.close()
