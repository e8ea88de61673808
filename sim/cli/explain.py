"""`sim explain`: what a field of a scenario means."""

import click

from sim.cli.epilog import examples
from sim.scenario.schema.fields import all_fields, fields_meant
from sim.text.field_words import fields_text


def _completed(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the keys and the addresses that begin so."""
    known = {name for field in all_fields() for name in (field.steps[-1], field.address)}
    return sorted(name for name in known if name.startswith(incomplete))


@click.command(
    "explain",
    epilog=examples(
        "sim explain threadCount",
        "sim explain deployments.traffic.rate",
        "sim explain traffic.within",
        "sim explain deployments.ranker.replica.probe",
        "sim explain autoscaler.evaluation_interval",
    ),
)
@click.argument("field", shell_complete=_completed)
def command(field: str) -> None:
    """Say what a FIELD of a scenario means: its type, unit, default, and an example.

    FIELD is the address that --set takes, with the names of deployments and the like or without,
    or the end of it. Where several fields end so, they are listed. The words are those of
    `sim schema`.

    Exit status: 0 done, 2 there is no such field.
    """
    click.echo("\n".join(fields_text(fields_meant(field))))
