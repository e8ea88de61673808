"""``sim serve``: a live deployment service on HTTP, played by a scenario."""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sim.cli.epilog import examples
from sim.cli.force import FORCE
from sim.errors import Problem, ScenarioError
from sim.extras import require

if TYPE_CHECKING:
    from sim.serve.http.view import View

OUR_FAULT: Final = 1
MAX_SPEED: Final = 1e9
TOKEN_VARIABLE: Final = "SIM_TOKEN"
_LIBRARIES: Final = ("fastapi", "httptools", "prometheus_client", "uvicorn")
_BODY: Final = '{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":3,"threadCount":32}}'


def _speed(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return simulated seconds per second as the simulating process takes them."""
    if value == "max":
        return value
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number <= MAX_SPEED:
        message = f"{value!r} is neither a number above 0, at most {MAX_SPEED:g}, nor max"
        raise click.BadParameter(message, ctx, param)
    return repr(number)


@click.command(
    "serve",
    epilog=examples(
        "sim serve scenarios/serve.yaml",
        "sim serve scenarios/serve.yaml --speed 60 --run-dir served",
        "sim serve --resume served",
    ),
)
@click.argument("scenario", metavar="SCENARIO", type=click.Path(path_type=Path), required=False)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen on; 0 takes one that is free.",
)
@click.option(
    "--speed",
    metavar="N|max",
    callback=_speed,
    default="1",
    show_default=True,
    help="Simulated seconds per second; max: as fast as they can be computed.",
)
@click.option(
    "--tokens",
    "tokens_file",
    type=click.Path(path_type=Path),
    help="File of tokens and clients (`sim token` makes them).",
)
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path),
    help="Keep the scenario and a journal of every command in this new directory.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    help="Go on with the run in this directory; SCENARIO may be left out.",
)
@click.option(
    "--resume-anyway",
    is_flag=True,
    help="With --resume: take the run of another version too; its numbers may be others then.",
)
@FORCE
@click.option(
    "--allow-host",
    "allowed_hosts",
    metavar="NAME[:PORT]",
    multiple=True,
    help="Another name that the server is called by, such as a proxy's; may be repeated.",
)
@click.option(
    "--access-log", is_flag=True, help="Log each request on stderr, without its query and body."
)
@click.pass_context
def command(  # noqa: PLR0917 - click passes options by name
    ctx: click.Context,
    scenario: Path | None,
    host: str,
    port: int,
    speed: str,
    tokens_file: Path | None,
    run_dir: Path | None,
    resume: Path | None,
    resume_anyway: bool,  # noqa: FBT001 - click passes it by name
    force: bool,  # noqa: FBT001 - click passes it by name
    allowed_hosts: tuple[str, ...],
    access_log: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Serve the live deployments of SCENARIO on HTTP until Ctrl-C.

    The API is under /api/v2/models/liveDeployments, the simulator's own routes under /sim, both are
    described at /docs. Without --tokens the only token is that in $SIM_TOKEN, or a new one that is
    shown; to listen beyond this machine takes --tokens.

    Exit status: 0 it was stopped, 2 the input is wrong, 1 the simulation failed.
    """
    require("sim serve", *_LIBRARIES)
    worker = [*_worker(scenario, run_dir, resume), "--speed", speed]
    if force:
        worker.append("--force")
    if resume_anyway:
        if resume is None:
            raise click.UsageError("--resume-anyway goes with --resume DIR")
        worker.append("--anyway")
    from sim.serve.http import hosts, running  # noqa: PLC0415 - with FastAPI, which few commands need
    from sim.serve.http.tokens import TokensFile, new_secret, read_tokens  # noqa: PLC0415 - likewise
    from sim.serve.http.users import User  # noqa: PLC0415 - likewise

    if tokens_file is None and not hosts.is_loopback(host):
        message = f"{host} can be reached from other machines: give --tokens FILE"
        raise ScenarioError(Problem(message=message, rule="tokens-needed", path=("--host",)))
    try:
        hosts.Hosts(host, allowed_hosts)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param_hint="--allow-host") from None
    known = TokensFile() if tokens_file is None else read_tokens(tokens_file)
    given = os.environ.get(TOKEN_VARIABLE)
    token = None if tokens_file else given or new_secret()
    settings = running.Settings(
        command=worker,
        host=host,
        port=port,
        tokens=known,
        extra=() if token is None else ((token, User.almighty("you")),),
        access_log=access_log,
        allowed_hosts=allowed_hosts,
    )

    def announce(address: str, view: "View") -> None:
        click.echo(f"serving {address}")
        if token is not None and not given:
            click.echo("\n".join(_first_steps(address, token, view)))
        sys.stdout.flush()

    failure = running.run(settings, announce)
    if failure is not None:
        click.echo(failure, err=True)
        ctx.exit(OUR_FAULT)


def _worker(scenario: Path | None, run_dir: Path | None, resume: Path | None) -> Iterator[str]:
    """Yield the command that starts the simulating process, but for its speed.

    Raises:
        UsageError: There is nothing to play, or two places to keep it.
    """
    if scenario is None and resume is None:
        raise click.UsageError("give a SCENARIO, or --resume DIR to go on with a run")
    if run_dir is not None and resume is not None:
        raise click.UsageError("--resume DIR goes on in its own directory: leave out --run-dir")
    yield from (sys.executable, "-m", "sim.serve.simulating")
    if scenario is not None:
        yield str(scenario)
    if run_dir is not None:
        yield from ("--run-dir", str(run_dir))
    if resume is not None:
        yield from ("--resume", str(resume))


def _first_steps(address: str, token: str, view: "View") -> Iterator[str]:
    """Yield the token, and a PUT to the first deployment that takes one, ready to paste."""
    yield f"token {token}"
    for one in view.deployments.values():
        if one.is_direct:
            url = f"{address}/api/v2/models/liveDeployments/{one.rid}?preview=true"
            words = ("curl", "-X", "PUT", url)
            headers = (f"Authorization: Bearer {token}", "Content-Type: application/json")
            options = (part for header in headers for part in ("-H", header))
            yield shlex.join((*words, *options, "-d", _BODY))
            return
