"""Fields of a scenario as lines: each with its address and what the schema says of it."""

from collections.abc import Sequence

from sim.scenario.schema.explained import Explained, explained
from sim.scenario.schema.fields import Field
from sim.text.layout import wrapped


def fields_text(fields: Sequence[Field]) -> list[str]:
    """Return fields as lines: in full if they are of one meaning or one address, else a list."""
    groups: dict[Explained, list[Field]] = {}
    for field in fields:
        groups.setdefault(explained(field), []).append(field)
    addresses = dict.fromkeys(field.address for field in fields)
    if len(groups) == 1 or len(addresses) == 1:
        return [line for words, same in groups.items() for line in _in_full(words, same)]
    lines = []
    for address in addresses:
        meanings = [words.meaning for words, same in groups.items() if _has(same, address)]
        lines += [address, *wrapped(" / ".join(dict.fromkeys(meanings)), "    ", "    ")]
    return [*lines, "", f"`sim explain {fields[0].address}` says more of the first, and so on."]


def _has(fields: Sequence[Field], address: str) -> bool:
    return any(field.address == address for field in fields)


def _in_full(words: Explained, fields: Sequence[Field]) -> list[str]:
    lines = list(dict.fromkeys(field.address for field in fields))
    parts = (
        ("where", ", ".join(dict.fromkeys(field.form for field in fields if field.form))),
        ("means", words.meaning),
        ("type", words.type),
        ("unit", words.unit),
        ("default", words.default),
        ("rules", words.rules),
        ("example", words.example),
    )
    for name, said in parts:
        if said:
            lines += wrapped(f"{name:8} {said}", first="  ", rest=" " * 11)
    return lines
