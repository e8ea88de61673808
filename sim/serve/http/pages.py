"""The page that shows the description, with a viewer from this machine.

The viewer's files are those of the package fastapi-offline, which the extra ``serve`` brings;
without it the page loads them from the network, as FastAPI's own does.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

PAGE: Final = "/docs"
FILES: Final = "/docs-files"
_PACKAGE: Final = "fastapi_offline"
_QUIET: Final = {"validatorUrl": None}
"""The viewer asks nobody on the network whether the document is valid."""


def add_page(app: FastAPI) -> None:
    """Let *app* show its description at `PAGE`."""
    folder = viewer_folder()
    files: dict[str, Any] = {}
    if folder is not None:
        app.mount(FILES, StaticFiles(directory=folder))
        files = {
            "swagger_js_url": f"{FILES}/swagger-ui-bundle.js",
            "swagger_css_url": f"{FILES}/swagger-ui.css",
            "swagger_favicon_url": f"{FILES}/favicon.png",
        }
    page = get_swagger_ui_html(
        openapi_url=str(app.openapi_url),
        title=app.title,
        swagger_ui_parameters=_QUIET,
        **files,
    )

    async def show(_: Request) -> Response:
        return page

    app.add_route(PAGE, show, methods=["GET"], include_in_schema=False)


def viewer_folder() -> Path | None:
    """Return the folder of the viewer's files; None where the package is not installed."""
    spec = find_spec(_PACKAGE)
    places = None if spec is None else spec.submodule_search_locations
    return None if not places else Path(places[0]) / "static"
