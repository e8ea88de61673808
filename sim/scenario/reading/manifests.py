"""Files of other platforms in the place of ours: Kubernetes, KServe and Knative.

Their objects are known by `apiVersion` and `kind` at the top, which nothing that is read here has.
"""

import re
from collections.abc import Sequence
from typing import Final

from sim.errors import ScenarioError
from sim.scenario.reading.tree import refused

NO_SCENARIO: Final = "no-scenario"
"""The rule that such a file breaks."""

_VERSION: Final = re.compile(r"""^apiVersion: *["']?([\w./-]{1,80})["']? *\r?$""", re.A | re.M)
_KIND: Final = re.compile(r"""^kind: *["']?([A-Za-z]\w{0,60})["']? *\r?$""", re.A | re.M)
_PRODUCTS: Final = (("KServe", "kserve.io"), ("Knative", "knative.dev"))
"""What ends the groups of their versions; all others are Kubernetes' own or its extensions.

Source: Kubernetes, API concepts (group/version); the references of KServe and Knative Serving.
"""
_MOST_KINDS: Final = 3


def refuse_manifest_text(text: str, file: str | None) -> None:
    """Return if a YAML text has no document that is such an object.

    It is looked at before it is parsed: several documents in a file, and templates of Helm between
    the values, are usual there and no YAML document.

    Raises:
        ScenarioError: It has one.
    """
    version = _VERSION.search(text)
    kinds = _KIND.findall(text)
    if version is not None and kinds:
        raise _refused(
            _VERSION.findall(text), kinds, file, text.count("\n", 0, version.start()) + 1
        )


def refuse_manifest(data: object, file: str | None) -> None:
    """Return if a document is no such object.

    Raises:
        ScenarioError: It is one.
    """
    if isinstance(data, dict):
        version, kind = data.get("apiVersion"), data.get("kind")
        if isinstance(version, str) and isinstance(kind, str):
            raise _refused([version], [kind], file, 1)


def _refused(
    versions: Sequence[str], kinds: Sequence[str], file: str | None, line: int
) -> ScenarioError:
    groups = [version.rpartition("/")[0] for version in versions]
    product = next(
        (name for name, end in _PRODUCTS if any(group.endswith(end) for group in groups)),
        "Kubernetes",
    )
    several = list(dict.fromkeys(kinds))
    shown = ", ".join(several[:_MOST_KINDS]) + (", ..." if len(several) > _MOST_KINDS else "")
    message = (
        f"is a file for {product} ({shown}) and no scenario: `sim new` writes a scenario to begin "
        "with, and docs/scenario.md says where replicas, cores, queues and traffic stand in it"
    )
    return refused(message, NO_SCENARIO, file, line)
