"""The log of requests: methods, paths and statuses, and nothing that clients keep secret."""

import logging

from typing_extensions import override

ACCESS_LOGGER = "uvicorn.access"


class WithoutQuery(logging.Filter):
    """Takes query strings off uvicorn's records: people put tokens there by mistake."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, shortened; its arguments are client, method, path, and more."""
        match record.args:
            case (client, method, str(path), *rest):
                record.args = (client, method, path.partition("?")[0], *rest)
            case _:
                pass
        return True


def log_requests() -> None:
    """Write each answered request to stderr, through the root's handlers."""
    logger = logging.getLogger(ACCESS_LOGGER)
    logger.setLevel(logging.INFO)
    logger.addFilter(WithoutQuery())
