"""Structured logs: one JSON object a line on standard error, or coloured text for people. Secrets are masked on the way."""

import logging
import re
import sys
from typing import Any

import structlog

_SECRET = re.compile(r"(://[^:/@\s]*:)[^@\s]+@|(ms_)[\w-]{20,}|(whsec_)[\w+/=]+")


def _mask(_logger: Any, _method: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    """Passwords in DSNs, API keys and webhook secrets never reach a log."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = mask(value)
    return line


def mask(text: str) -> str:
    return _SECRET.sub(lambda m: (m[1] or m[2] or m[3]) + "***" + ("@" if m[1] else ""), text)


def configure(level: str, form: str) -> None:
    """Sets up logging for the process, the libraries' included."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if form == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn.access", "nats", "asyncio", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
