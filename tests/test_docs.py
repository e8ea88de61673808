"""The documents keep their word: what they show runs, what they link to exists.

In a Markdown file a fenced block is

* `console`: each line after `$ ` is run, and the lines below it are what it prints on stdout
  (a line `...` stands for any lines); `[2]` at the end of a command's line is its exit status;
* `python`: run from top to bottom, all blocks of a file in one namespace;
* preceded by `<!-- file: NAME -->`: written to that file first.

Commands run in a folder that has the repository's `scenarios` beside what the blocks write.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
RUNNING = {
    ROOT / "README.md": {"python", "console"},
    ROOT / "docs" / "check.md": {"python", "console"},
    ROOT / "docs" / "compare.md": {"python", "console"},
    ROOT / "docs" / "export.md": {"console"},
    ROOT / "docs" / "from-my-log.md": {"python", "console"},
    ROOT / "docs" / "lint.md": {"python", "console"},
    ROOT / "docs" / "plan.md": {"python", "console"},
    ROOT / "docs" / "practise.md": {"console"},
    ROOT / "docs" / "report.md": {"console"},
    ROOT / "docs" / "results.md": {"python"},
    ROOT / "docs" / "study.md": {"console"},
    ROOT / "docs" / "traces.md": {"console"},
}
"""Documents whose blocks run, and which kinds of blocks must have."""

FENCE = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n+)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[\w-]+))?\)")
MAKE = re.compile(r"(?:`|\$ )make ([a-z]+)\b")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the file it is to be written to, its first line."""

    language: str
    text: str
    file: str | None
    line: int


def blocks_of(document: Path) -> Iterator[Block]:
    """Yield the fenced blocks of *document* from top to bottom."""
    content = document.read_text("utf-8")
    for found in FENCE.finditer(content):
        line = content.count("\n", 0, found.start("text")) + 1
        yield Block(found["language"], found["text"], found["file"], line)


def sessions_of(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield each command of a console block with its exit status and the lines it prints."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, *printed = part.rstrip("\n").replace("\\\n", " ").split("\n")
        status = re.search(r"\s+\[(\d+)\]$", command)
        yield (
            command[: status.start() if status else None],
            int(status[1]) if status else 0,
            printed,
        )


def matches(printed: list[str], shown: list[str]) -> bool:
    """Tell whether *printed* is what *shown* says, where `...` stands for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else f"{re.escape(line)}\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def anchors_of(document: Path) -> set[str]:
    """Return the anchors that headings of *document* have on the usual sites."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), flags=re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    """Relative links name files that exist, and anchors that the files have."""
    broken = []
    for link in LINK.finditer(document.read_text("utf-8")):
        target = document.parent / link["path"] if link["path"] else document
        if not target.exists() or (link["anchor"] and link["anchor"] not in anchors_of(target)):
            broken.append(link[0])

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    """`make X` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
    named = set(MAKE.findall(document.read_text("utf-8")))

    assert named <= targets


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder that Python imports from; forget afterwards what it imported there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for left_behind in tmp_path.glob("*.pid"):  # a server that a failure has left running
        subprocess.run(["kill", left_behind.read_text().strip()], check=False, capture_output=True)
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("document", RUNNING, ids=lambda path: path.name)
def test_what_a_document_shows_is_what_happens(
    document: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Console blocks print what stands under them, and Python blocks run, in one folder."""
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    names: dict[str, object] = {"__name__": document.stem}
    ran = set()

    for block in blocks_of(document):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python" and "python" in RUNNING[document]:
            code = compile("\n" * (block.line - 1) + block.text, str(document), "exec")
            exec(code, names)
            ran.add("python")
        elif block.language == "console":
            for command, status, shown in sessions_of(block.text):
                tool = shlex.split(command)[0]
                if tool in {"make", "git"} or (tool == "curl" and not shutil.which("curl")):
                    continue
                done = subprocess.run(
                    ["bash", "-c", command], capture_output=True, text=True, check=False
                )
                assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
                assert matches(done.stdout.splitlines(), shown), f"{command}\n{done.stdout}"
                ran.add("console")

    assert ran == RUNNING[document]


@pytest.mark.parametrize(
    ("printed", "shown", "is_match"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a", "b"], ["a"], False),
        (["a", "b", "c"], ["a", "..."], True),
        (["a", "b", "c"], ["...", "c"], True),
        (["a", "b", "c"], ["a", "...", "b"], False),
        (["a.c"], ["abc"], False),
        ([], [], True),
    ],
)
def test_output_is_compared_line_by_line(
    printed: list[str], shown: list[str], *, is_match: bool
) -> None:
    """The comparison that the test above relies on can fail."""
    assert matches(printed, shown) is is_match
