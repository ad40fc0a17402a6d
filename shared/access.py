"""Who may call what: one table, from role to routes. A route that is not in it cannot be started (see service.py).

Keys are random strings; a service is given their SHA-256 only. A key may be a person's own, and of one department: then nobody
acts with it in another's name. Real people's log-ins come through the county's own identity provider later; the table stays.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import Request

from shared.callers import Caller as Caller
from shared.envelope import Cause
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
        "get_queue": _STAFF,
        "export_cases_csv": _STAFF,
        "export_cases_xlsx": _STAFF,
        "export_cases_parquet": _STAFF,
        "get_case": _STAFF,
        "get_case_timeline": _STAFF,
        "get_case_why": _STAFF,
        "accept_cases": {*_DESK, Caller.DISCIPLINE},
        "assign_cases": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "get_rates": _STAFF,
        "list_hot": _STAFF,
        "list_similar": _STAFF,
        "advise_reply": {*_DESK, Caller.DISCIPLINE},
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
        "second_call_case": {*_DESK, Caller.DISCIPLINE},
        "reopen_case": {*_DESK, Caller.DISCIPLINE},
        "propose_exclusion": {*_DESK, Caller.DISCIPLINE},
        "decide_return": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "transfer_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "assist_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "release_assistant": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "suspend_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "decide_extension": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "merge_cases": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "unmerge_cases": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "split_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "divide_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "find_inadmissible": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "close_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "review_exclusion": {Caller.SUPERVISOR, Caller.DISCIPLINE},
        "seal_case": {Caller.SUPERVISOR, Caller.DISCIPLINE},
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
        "draft_notice": _DESK,
        "redraft_notice": _DESK,
        "review_notice": {Caller.SUPERVISOR},
        "release_notice": _DESK,
        "drop_draft": _DESK,
        "update_item": {*_DESK, Caller.DISCIPLINE},
        "list_drafts": _STAFF,
        "import_notices": _DESK,
        "get_totals": _STAFF,
        "export_notices": {Caller.ADAPTER, *_STAFF},
        "export_notice": {Caller.ADAPTER, *_STAFF},
        "export_ocds": {Caller.ADAPTER, *_STAFF},
        "list_kinds": {Caller.ADAPTER, *_STAFF},
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


REQUEST = "request_id"
"""where a request's scope has the id of one that came with an Idempotency-Key"""
PERSONAL = ("person", "called", "department")
"""what a key's line may say beside"""


@dataclass(frozen=True, slots=True)
class Who:
    """The caller of a request. With a key of his own he is a `person`, who is `called` by a name; maybe of one `department`."""

    name: str
    callers: frozenset[Caller]
    person: str | None = None
    called: str | None = None
    department: str | None = None
    request: UUID | None = None
    """of a request with an Idempotency-Key: what it records is caused by this id"""

    def acting(self, by: str | None = None) -> str:
        """The id of who acts: the key's person; else whoever the caller says, or he himself. Raises Problem 403."""
        if self.person and by not in (None, self.person):
            raise Problem(403, "forbidden", f"这把密钥属于 {self.person}，不能以 {by} 的名义办理", code="another-person")
        return self.person or by or self.name

    def signed(self, by: str | None = None) -> str:
        """What the log says of who did it: the caller, and the person who did, if one is told. Raises Problem 403."""
        return f"{self.name}/{self.acting(by)}" if self.person or by else self.name

    def cause(self) -> Cause:
        """Of what this request does."""
        return Cause(self.signed(), self.request, once=self.request is not None)

    @property
    def reads_originals(self) -> bool:
        return bool(self.callers & ORIGINALS)


SIGNER = Who("signer", frozenset())
"""who calls a signed route: nobody to any other rule of access"""
ANYBODY = Who("loopback", frozenset(Caller))
_PLAIN = re.compile(r"[^\x00-\x1f\x7f/]{1,100}")
_BESIDE = ":person=ID, :called=NAME, :department=CODE, percent-encoded where they hold a colon or a space"


class Keys:
    """The keys a service accepts. Raises ValueError for a line that is not as `key_line` writes it."""

    def __init__(self, lines: str) -> None:
        self._known: list[tuple[bytes, Who]] = []
        for line in lines.split():
            try:
                name, roles, digest, *beside = line.split(":")
                person, called, department = _personal(beside)
                who = Who(name, frozenset(Caller(role) for role in roles.split("+")), person, called, department)
                self._known.append((_digest_bytes(digest), who))
            except ValueError:
                form = f"name:role+role:sha256 with roles of {', '.join(Caller)}"
                raise ValueError(f"MINSHENG_KEYS: each is {form}; then, if need be, {_BESIDE}") from None

    def who(self, key: str) -> Who | None:
        """Whose key this is. Compares with every key in constant time."""
        digest, found = hashlib.sha256(key.encode()).digest(), None
        for known, who in self._known:
            if hmac.compare_digest(known, digest):
                found = who
        return found


def _personal(beside: list[str]) -> tuple[str | None, str | None, str | None]:
    """PERSONAL, as it stands behind the digest, percent-encoded: `person=…` and so on. Raises ValueError."""
    told = {field: unquote(text, errors="strict") for field, _, text in (part.partition("=") for part in beside)}
    if len(told) < len(beside) or not told.keys() <= set(PERSONAL) or not all(map(_PLAIN.fullmatch, told.values())):
        raise ValueError("not a person and his department")
    if "called" in told and "person" not in told:
        raise ValueError("a name of nobody")
    return told.get("person"), told.get("called"), told.get("department")


def _digest_bytes(digest: str) -> bytes:
    raw = bytes.fromhex(digest)
    if len(raw) != hashlib.sha256().digest_size:
        raise ValueError("not a SHA-256")
    return raw


def new_key(name: str, callers: frozenset[Caller], **beside: str) -> tuple[str, str]:
    """A new random key, and the line of MINSHENG_KEYS that admits it."""
    key = f"ms_{secrets.token_urlsafe(24)}"
    return key, key_line(name, callers, key, **beside)


def key_line(name: str, callers: frozenset[Caller], key: str, **beside: str) -> str:
    """`name:role+role:sha256`, and behind it what is told of PERSONAL, as in `:person=wang.fang:department=water`."""
    told = "".join(f":{field}={quote(text, safe='')}" for field, text in beside.items())
    return f"{name}:{'+'.join(sorted(callers))}:{hashlib.sha256(key.encode()).hexdigest()}{told}"


def caller_of(scope: Mapping[str, Any]) -> Who | None:
    """Whose key a request came with; anybody where no keys are asked for. None: nobody's."""
    keys: Keys | None = scope["app"].state.keys
    if keys is None:
        return ANYBODY
    given = next((value for header, value in scope["headers"] if header == b"authorization"), b"")
    scheme, _, key = given.decode("latin-1").partition(" ")
    return keys.who(key.strip()) if scheme.lower() == "bearer" else None


async def authorize(request: Request) -> Who:
    """The dependency of every route: who calls, if he may. Raises Problem 401 or 403."""
    allowed = ACCESS[request.scope["route"].name]
    if isinstance(allowed, Signed):
        return SIGNER
    who = caller_of(request.scope)
    if who is None:
        raise Problem(401, "unauthorized", "请在 Authorization: Bearer 中给出接口密钥")
    if not who.callers & allowed:
        raise Problem(403, "forbidden", f"此接口限 {'、'.join(sorted(allowed))} 角色使用")
    once = request.scope.get(REQUEST)
    return replace(who, request=once) if once else who
