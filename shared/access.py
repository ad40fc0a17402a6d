"""Who may call what: one table, from role to routes. A route that is not in it cannot be started (see service.py).

Keys are random strings; a service is given their SHA-256 only. Real people's log-ins come through the county's own
identity provider later; the table stays.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import Enum

from fastapi import Request

from shared.callers import Caller as Caller
from shared.problems import Problem

_STAFF = {Caller.OFFICER, Caller.SUPERVISOR, Caller.DISCIPLINE, Caller.ADMIN}
_DESK = {Caller.OFFICER, Caller.SUPERVISOR}
_KEEPERS = {Caller.SUPERVISOR, Caller.ADMIN}
"""who keeps the roster and the directory: a role is the power to act in the chat, a duty that to be given cases"""

ORIGINALS = frozenset({Caller.OFFICER, Caller.SUPERVISOR, Caller.DISCIPLINE})
"""who may read what people wrote and sent as it is; whoever else may read it at all reads it masked"""


class Signed(Enum):
    """A kind of row: the caller has no key; the route itself checks who signed the request, and refuses whoever did not."""

    SIGNED = "signed"


SIGNED = Signed.SIGNED

_BY_KEY: dict[str, frozenset[Caller]] = {
    route: frozenset(callers)
    for route, callers in {
        "post_messages": {Caller.ADAPTER, Caller.OFFICER, Caller.SUPERVISOR},
        "add_attachments": {Caller.ADAPTER, Caller.OFFICER, Caller.SUPERVISOR},
        "post_archive": {Caller.ADAPTER},
        "post_attachment": {Caller.ADAPTER, Caller.OFFICER, Caller.SUPERVISOR},
        "get_attachment": ORIGINALS,
        "get_attachment_public": {Caller.ADAPTER, *_STAFF},
        "get_attachment_origin": ORIGINALS,
        "post_paste": _DESK,
        "get_message": {Caller.ADAPTER, *_STAFF},
        "get_appeal": _STAFF,
        "list_appeals": _STAFF,
        "list_triage": {*_DESK, Caller.DISCIPLINE},
        "correct_message": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "confirm_message": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "get_sealed_report": {Caller.DISCIPLINE},
        "list_crowds": _STAFF,
        "get_crowd": _STAFF,
        "merge_crowd": {Caller.SUPERVISOR},
        "dismiss_crowd": {Caller.SUPERVISOR},
        "import_groups": {Caller.ADMIN},
        "import_roster": {Caller.ADMIN},
        "list_groups": _STAFF,
        "get_group": _STAFF,
        "put_group": _KEEPERS,
        "put_member": _KEEPERS,
        "end_membership": _KEEPERS,
        "list_unknown": _STAFF,
        "get_person": _STAFF,
        "forget_person": {Caller.ADMIN},
        "import_departments": {Caller.ADMIN},
        "list_departments": _STAFF,
        "get_department": _STAFF,
        "put_department": _KEEPERS,
        "close_department": _KEEPERS,
        "import_categories": {Caller.ADMIN},
        "list_categories": _STAFF,
        "get_category": _STAFF,
        "put_category": _KEEPERS,
        "drop_category": _KEEPERS,
        "import_duty": _KEEPERS,
        "get_duty": _STAFF,
        "put_duty": _KEEPERS,
        "list_cases": _STAFF,
        "get_case": _STAFF,
        "get_case_timeline": _STAFF,
        "get_case_why": _STAFF,
        "accept_case": {*_DESK, Caller.DISCIPLINE},
        "report_progress": {*_DESK, Caller.DISCIPLINE},
        "resolve_case": {*_DESK, Caller.DISCIPLINE},
        "return_case": {*_DESK, Caller.DISCIPLINE},
        "finish_part": {*_DESK, Caller.DISCIPLINE},
        "resume_case": {*_DESK, Caller.DISCIPLINE},
        "ask_extension": {*_DESK, Caller.DISCIPLINE},
        "call_back_case": {*_DESK, Caller.DISCIPLINE},
        "record_answer": {*_DESK, Caller.DISCIPLINE},
        "record_failed_call": {*_DESK, Caller.DISCIPLINE},
        "reopen_case": {*_DESK, Caller.DISCIPLINE},
        "propose_exclusion": {*_DESK, Caller.DISCIPLINE},
        "decide_return": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "transfer_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "assist_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "release_assistant": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "suspend_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "decide_extension": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "split_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "find_inadmissible": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "close_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "review_exclusion": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "supervise_case": {Caller.DISCIPLINE},
        "lift_supervision": {Caller.DISCIPLINE},
        "list_clocks": _STAFF,
        "list_due": _STAFF,
        "get_case_clocks": _STAFF,
        "acknowledge_escalation": {*_DESK, Caller.DISCIPLINE},
        "get_on_time": _STAFF,
        "get_load": _STAFF,
        "get_policy": _STAFF,
        "publish_notice": _DESK,
        "correct_notice": _DESK,
        "withdraw_notice": _DESK,
        "list_notices": {Caller.ADAPTER, *_STAFF},
        "get_notice": {Caller.ADAPTER, *_STAFF},
        "list_replies": _STAFF,
        "get_reply": _STAFF,
        "list_manual_replies": _DESK,
        "mark_reply_sent": _DESK,
        "replay_reply": {Caller.SUPERVISOR, Caller.ADMIN},
        "post_receipt": {Caller.ADAPTER},
    }.items()
}
_BY_SIGNATURE = ("verify_wecom", "post_wecom", "post_dingtalk", "post_feishu", "post_webhook")

ACCESS: dict[str, frozenset[Caller] | Signed] = {**_BY_KEY, **dict.fromkeys(_BY_SIGNATURE, SIGNED)}
"""route name → roles that may call it, or that its callers sign"""

PUBLIC = frozenset({"healthz", "readyz", "metrics"})
"""what a probe or Prometheus asks without a key"""


@dataclass(frozen=True, slots=True)
class Who:
    """The caller of a request."""

    name: str
    callers: frozenset[Caller]

    def signed(self, by: str | None = None) -> str:
        """What the log says of who did it: the caller, and the person who told it that he did."""
        return f"{self.name}/{by}" if by else self.name

    @property
    def reads_originals(self) -> bool:
        return bool(self.callers & ORIGINALS)


SIGNER = Who("signer", frozenset())
"""who calls a signed route: nobody to any other rule of access"""
ANYBODY = Who("loopback", frozenset(Caller))


class Keys:
    """The keys a service accepts. Raises ValueError for a line that is not `name:role+role:sha256`."""

    def __init__(self, lines: str) -> None:
        self._known: list[tuple[bytes, Who]] = []
        for line in lines.split():
            try:
                name, roles, digest = line.split(":")
                who = Who(name, frozenset(Caller(role) for role in roles.split("+")))
                self._known.append((_digest_bytes(digest), who))
            except ValueError:
                accepted = ", ".join(Caller)
                raise ValueError(f"MINSHENG_KEYS: each is name:role+role:sha256 with roles of {accepted}") from None

    def who(self, key: str) -> Who | None:
        """Whose key this is. Compares with every key in constant time."""
        digest, found = hashlib.sha256(key.encode()).digest(), None
        for known, who in self._known:
            if hmac.compare_digest(known, digest):
                found = who
        return found


def _digest_bytes(digest: str) -> bytes:
    raw = bytes.fromhex(digest)
    if len(raw) != hashlib.sha256().digest_size:
        raise ValueError("not a SHA-256")
    return raw


def new_key(name: str, callers: frozenset[Caller]) -> tuple[str, str]:
    """A new random key, and the line of MINSHENG_KEYS that admits it."""
    key = f"ms_{secrets.token_urlsafe(24)}"
    return key, key_line(name, callers, key)


def key_line(name: str, callers: frozenset[Caller], key: str) -> str:
    return f"{name}:{'+'.join(sorted(callers))}:{hashlib.sha256(key.encode()).hexdigest()}"


async def authorize(request: Request) -> Who:
    """The dependency of every route: who calls, if he may. Raises Problem 401 or 403."""
    allowed = ACCESS[request.scope["route"].name]
    if isinstance(allowed, Signed):
        return SIGNER
    keys: Keys | None = request.app.state.keys
    if keys is None:
        return ANYBODY
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    who = keys.who(key.strip()) if scheme.lower() == "bearer" else None
    if who is None:
        raise Problem(401, "unauthorized", "请在 Authorization: Bearer 中给出接口密钥")
    if not who.callers & allowed:
        raise Problem(403, "forbidden", f"此接口限 {'、'.join(sorted(allowed))} 角色使用")
    return who
