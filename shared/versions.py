"""Optimistic concurrency over REST: an ETag is the version of a stream, If-Match protects a step against what happened since."""

import re
from typing import Annotated

from fastapi import Header
from pydantic import BeforeValidator, WithJsonSchema

_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')


def _version(given: object) -> object:
    if not isinstance(given, str):
        return given
    if found := _ETAG.fullmatch(given):
        return int(found[1])
    raise ValueError('应为 ETag 中的版本，如 "3"')


IfMatch = Annotated[
    int | None,
    BeforeValidator(_version),
    WithJsonSchema({"type": "string", "pattern": f"^{_ETAG.pattern}$"}),
    Header(description='the version as in the ETag, `"3"`; refused with 409 when it has moved on'),
]
"""the version that is expected, None for any"""
