"""What no schema says: a new request has a new Idempotency-Key. Schemathesis would send one key with many bodies."""

from typing import Any
from uuid import uuid4

import schemathesis

from shared.idempotency import HEADER


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Wrong requests keep theirs: a refused one leaves its key as good as new."""
    if case.meta.generation.mode.is_positive and HEADER in (case.headers or {}):
        case.headers[HEADER] = str(uuid4())
