"""What all channels over HTTP share: one client each, and the reading of answers that are no answers."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from services.notify.channels import Rejected, Throttled

TIMEOUT_SECONDS = 10.0
PAUSE_SECONDS = 60.0
"""how long nothing is sent after "too many", when the receiver does not say"""


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS)


def checked(answer: httpx.Response) -> httpx.Response:
    """Raises Throttled for 429 and for 503 with Retry-After, Rejected for any other answer that is not 2xx."""
    after = answer.headers.get("retry-after")
    if answer.status_code == 429 or (answer.status_code == 503 and after):
        raise Throttled(f"HTTP {answer.status_code}", retry_after(after))
    if not answer.is_success:
        raise Rejected(f"HTTP {answer.status_code}")  # httpx's own error would name the URL, which holds the key
    return answer


def json_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a 2xx answer. Raises Throttled and Rejected."""
    try:
        body = checked(answer).json()
    except ValueError:
        raise Rejected("the answer is not JSON: is the address right?") from None
    if not isinstance(body, dict):
        raise Rejected("the answer is not a JSON object: is the address right?")
    return body


def retry_after(header: str | None) -> float:
    """Seconds to wait by a Retry-After header, which holds seconds or a date."""
    if not header:
        return PAUSE_SECONDS
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return PAUSE_SECONDS
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else PAUSE_SECONDS
