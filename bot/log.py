"""Logs: JSON lines or a readable console, with ids only.

No name, number, text or address of a person may reach a log. What our own code logs are ids and
codes; from an exception only its type and place are kept, because a message may quote a value.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

Event = MutableMapping[str, Any]


def set_up_logging(level: str, style: str, stream: TextIO | None = None) -> None:
    """Send our logs, and those of the libraries, through one writer."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=20)
    )
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        keep_only_type_and_place,
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, hide_foreign_values], processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )  # fmt: skip
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # these write addresses and parts of messages into their lines
    logging.getLogger("aiohttp.access").setLevel(logging.CRITICAL)
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def keep_only_type_and_place(_logger: Any, _method: str, event: Event) -> Event:
    """Replace an exception by its type and the places it went through."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    return event


def hide_foreign_values(_logger: Any, _method: str, event: Event) -> Event:
    """Keep of a library's line only its fixed words: its values may be a person's."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["event"] = f"{record.name}: {record.msg if isinstance(record.msg, str) else '...'}"
        event.pop("positional_args", None)
    return event
