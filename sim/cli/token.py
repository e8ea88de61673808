"""``sim token``: a new token or client for the file that ``sim serve --tokens`` reads."""

import json

import click

from sim.cli.epilog import examples
from sim.errors import Problem, ScenarioError
from sim.serve.http.tokens import ClientEntry, TokenEntry, digest_of, new_secret
from sim.serve.http.users import EVERY, Permission, Scope
from sim.wire.rid import is_rid


def _permissions(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, list[str]]:
    """Return permissions by RID or ``*``, from ``RID=PERMISSION,...`` each."""
    known = [permission.value for permission in Permission]
    found: dict[str, list[str]] = {}
    for value in values:
        rid, _, words = value.partition("=")
        if rid != EVERY and not is_rid(rid):
            message = f"{rid!r} is neither a resource identifier nor {EVERY}"
            raise click.BadParameter(message, ctx, param)
        for word in words.split(","):
            if word not in known:
                message = f"{word!r} is no permission; known are {', '.join(known)}"
                raise click.BadParameter(message, ctx, param)
        found.setdefault(rid, []).extend(words.split(","))
    return found


@click.command(
    "token",
    epilog=examples(
        "sim token me >> tokens.yaml",
        "sim token ci --client --scope api:models-write",
    ),
)
@click.argument("name")
@click.option("--client", is_flag=True, help="Make an OAuth client called NAME, with a secret.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may be used for; may be repeated; without it: everything.",
)
@click.option(
    "--allow",
    "permissions",
    multiple=True,
    metavar="RID=PERMISSION,...",
    callback=_permissions,
    help="What may be done with a deployment; may be repeated; without it: everything, with all.",
)
@click.option(
    "--create",
    "models",
    multiple=True,
    metavar="RID",
    help="Model of which deployments may be created, or *; may be repeated.",
)
def command(
    name: str,
    client: bool,  # noqa: FBT001 - click passes it by name
    scopes: tuple[str, ...],
    permissions: dict[str, list[str]],
    models: tuple[str, ...],
) -> None:
    """Make a token for NAME and print its entry in the tokens file.

    The entry goes to stdout and holds a hash only; the token itself goes to stderr, once, and is
    kept nowhere. A first file: `(echo tokens:; sim token me) > tokens.yaml`.

    Exit status: 0 done, 2 a name, a scope or a permission is wrong.
    """
    secret = new_secret()
    create = list(models)
    if not (permissions or models):
        permissions, create = {EVERY: [one.value for one in Permission]}, [EVERY]
    chosen = list(scopes) or [scope.value for scope in Scope]
    rights = {"scopes": chosen, "permissions": permissions, "create": create}
    entry: dict[str, object]
    if client:
        entry = {"client_id": name, "secret_sha256": digest_of(secret), **rights}
    else:
        entry = {"name": name, "sha256": digest_of(secret), **rights}
    try:
        (ClientEntry if client else TokenEntry).model_validate(entry)
    except ValueError:
        message = "must be a name of letters, digits, blanks and ._@-, and --create a RID or *"
        raise ScenarioError(Problem(message=message, rule="token", path=("NAME",))) from None
    click.echo(_entry_text(entry))
    click.echo(f"{'secret' if client else 'token'} of {name}: {secret}", err=True)


def _entry_text(entry: dict[str, object]) -> str:
    """Return an item of a YAML list, a key a line, values as JSON, which YAML is too."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in entry.items()]
    return "  - " + "\n    ".join(lines)
