"""Outlets: configured channels at work, each with what it has sent lately and whether it rests."""

import os
import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fnmatch import translate
from pathlib import Path
from re import compile as pattern
from typing import Any

from services.notify import config, planning, views
from services.notify.channels import Channel
from services.notify.channels.console import Console
from services.notify.channels.dingtalk import DingtalkRobot
from services.notify.channels.email import EmailChannel, Server
from services.notify.channels.feishu import FeishuRobot
from services.notify.channels.manual import Outside
from services.notify.channels.webhook import WebhookChannel
from services.notify.channels.wecom import WecomApp, WecomRobot
from services.notify.pacing import Circuit, Quiet, free, free_at, longest
from shared import channel_files
from shared.settings import Settings
from shared.sql import load as load_sql

SQL = load_sql(Path(views.__file__).parent / "views.sql")
ANSWER_WITHIN = timedelta(seconds=30)
"""after this long an answer is not waited for"""
AT_ONCE = 50
"""lanes of a channel without a limit that are served side by side"""


def configured(settings: Settings, environment: Mapping[str, str] = os.environ) -> config.Out:
    """The channels out, from the file, or those of the settings alone. Raises BadSettings."""
    path = settings.channels_out
    if path and (file := channel_files.located(config.SETTING, Path(path))):
        return config.read(file, environment)
    everything: dict[str, Any] = {"groups": ["*/*"], "audiences": list(config.EVERYBODY)}
    if settings.webhook_url:
        secret = settings.webhook_secret.get_secret_value()
        entry = {"kind": "webhook", "url": settings.webhook_url, "secret": secret, **everything}
        return config.parse({"channels": {"webhook": entry}}, environment)
    return config.parse({"channels": {"console": {"kind": "console", **everything}}}, environment)


def open_channel(entry: config.Entry) -> Channel:
    """The channel of an entry."""
    match entry:
        case config.WecomRobotEntry(key=key, format=form, mention=mention, host=host):
            return WecomRobot(key.get_secret_value(), form=form, mention=mention, host=host)
        case config.WecomAppEntry(corp=corp, secret=secret, agent=agent, to=to, format=form, host=host):
            return WecomApp(corp, secret.get_secret_value(), agent, to, form=form, host=host)
        case config.DingtalkEntry(token=token, secret=secret, mention=mention, host=host):
            return DingtalkRobot(token.get_secret_value(), secret.get_secret_value(), mention=mention, host=host)
        case config.FeishuEntry(token=token, secret=secret, host=host):
            return FeishuRobot(token.get_secret_value(), secret.get_secret_value(), host=host)
        case config.WebhookEntry(url=url, secret=secret):
            return WebhookChannel(url, secret.get_secret_value())
        case config.EmailEntry(server=host, port=port, user=user, password=password, tls=tls, sender=sender, to=to):
            return EmailChannel(Server(host, port, user, password.get_secret_value(), tls), sender, to)
        case config.OutsideEntry():
            return Outside()
        case config.ConsoleEntry():
            return Console()
    raise TypeError(f"no channel is made of {type(entry).__name__}")


class Outlet:
    """One configured channel: what it may take now, and how it fares."""

    def __init__(self, name: str, entry: config.Entry, quiet: Quiet | None) -> None:
        self.name, self.entry = name, entry
        self.channel = open_channel(entry)
        self.limits = entry.limits()
        self.circuit = Circuit()
        self._quiet = None if isinstance(entry, config.OutsideEntry) else quiet
        self._secrets = entry.secrets()
        self._taken: dict[int, datetime] = {}
        self._memory = longest(self.limits)
        self.lanes: set[str] = set()
        """the lanes known to go by here"""

    @property
    def side_by_side(self) -> int:
        """How many lanes may be served at once."""
        return 1 if self.limits or self.circuit.trying else AT_ONCE

    def closed_until(self, now: datetime) -> datetime | None:
        """When it takes a message again, if it takes none now: it rests, or has said as much as it may."""
        if self.circuit.resting(now):
            return self.circuit.rests_until
        opening = free_at(self.limits, list(self._taken.values()), now)
        return opening if opening > now else None

    def plan(self, waiting: Iterable[planning.Row], now: datetime) -> planning.Plan:
        """What to send now of what waits; `due` is when to ask again."""
        if closed := self.closed_until(now):
            return planning.Plan(due=closed)
        taken = list(self._taken.values())
        room, parts = free(self.limits, taken, now), config.parts_of(self.entry)
        made = planning.plan(
            waiting, now, planning.Rules(self.channel.limit_bytes, room, self.entry.digests, parts, self._quiet)
        )
        if self.circuit.trying:
            made = planning.Plan([[lane[0]] for lane in made.lanes[:1]], made.due)
        if made.crowded and not made.lanes:
            opening = free_at(self.limits, taken, now, made.crowded)
            return planning.Plan(due=min(opening, made.due or opening))
        return made

    def clean(self, reason: str) -> str:
        """A reason without any of the channel's secrets."""
        for secret in self._secrets:
            reason = reason.replace(secret, "***")
        return reason

    def failed(self, now: datetime) -> None:
        self.circuit = self.circuit.failed(now, random.random())  # noqa: S311 - spreads, protects nothing

    # -- what was sent lately ----------------------------------------------------------------------------------------------

    async def remember(self, pool: Any) -> None:
        """Reads what was sent lately, by whoever did it."""
        if self.limits:
            self._taken = {-n: row["at"] for n, row in enumerate(await pool.fetch(SQL["sends"], self.name), 1)}

    async def begins(self, pool: Any, now: datetime) -> int:
        """Call before each message: it counts from now until its answer is so old that no receiver counts it any more."""
        if not self.limits:
            return 0
        await pool.execute(SQL["sends_forgotten"], self.name, now - self._memory)
        self._taken = {n: at for n, at in self._taken.items() if at > now - self._memory}
        send = int(await pool.fetchval(SQL["send_begins"], self.name, now + ANSWER_WITHIN))
        self._taken[send] = now + ANSWER_WITHIN
        return send

    async def answered(self, pool: Any, send: int, now: datetime) -> None:
        """Call after each message, whatever became of it."""
        if self.limits:
            self._taken[send] = now
            await pool.execute(SQL["send_answered"], send, now)


class Outlets:
    """All of them, and which one serves a reply."""

    def __init__(self, out: config.Out) -> None:
        self.rules = out.delivery
        self.by_name = {name: Outlet(name, entry, out.delivery.quiet) for name, entry in out.channels.items()}
        self._known: dict[tuple[str, ...], Outlet | None] = {}
        self._patterns = [
            (place, "*" in place, pattern(translate(place.replace("[", "[[]").replace("?", "[?]"))), outlet)
            for outlet in self.by_name.values()
            for place in outlet.entry.groups
        ]
        self._patterns.sort(key=lambda p: p[1])  # names written out first; otherwise in the order of the file

    def serving(self, reply: planning.Row) -> Outlet | None:
        """The outlet a reply goes by; None: nobody serves its group and audience."""
        key = (reply["via"] or "", reply["channel"], reply["group"], reply["audience"])
        if key not in self._known:
            self._known[key] = self._find(*key)
        if outlet := self._known[key]:
            outlet.lanes.add(reply["lane"])
        return self._known[key]

    def _find(self, via: str, channel: str, group: str, audience: str) -> Outlet | None:
        if via:
            return self.by_name.get(via)
        place = f"{channel}/{group}"
        for written, wild, matches, outlet in self._patterns:
            if audience in outlet.entry.audiences and (matches.match(place) if wild else written == place):
                return outlet
        return None
