"""Optimistic concurrency over REST: an ETag is the version of a stream, If-Match protects a step against what happened since."""

from typing import Annotated

from fastapi import Header

from shared.problems import Problem

IfMatch = Annotated[str | None, Header(description='the version as in the ETag, `"3"`; refused with 409 when it has moved on')]


def version_of(if_match: str | None) -> int | None:
    """The version that is expected, None for any. Raises Problem 422."""
    if if_match is None:
        return None
    digits = if_match.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Problem(422, "invalid", 'If-Match 应为 ETag 中的版本，如 "3"', field="If-Match")
    return int(digits)
