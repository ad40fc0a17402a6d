"""The file of the policy: read at start, and again when it changes. A wrong one is refused as a whole, and the last stays."""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog

from services.sla import policies
from services.sla.policies import POLICIES, Adopt
from services.sla.policy import BadPolicy, parse, shipped
from shared.decider import Refused
from shared.envelope import Cause
from shared.service import Service, Worker
from shared.settings import BadSettings

LOOK_SECONDS = 2.0
AHEAD = timedelta(days=60)
"""how long before a year its holidays should be known"""
LARGEST = 500_000
ACTOR = "minsheng:policy"
log = structlog.get_logger()


def read(path: str) -> str:
    """The text of a policy that was found whole. Raises BadPolicy."""
    if not path:
        return shipped()
    try:
        raw = Path(path).read_bytes()
        if len(raw) > LARGEST:
            raise BadPolicy(f"{path} has more than {LARGEST} bytes")
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        raise BadPolicy(f"{path} cannot be read: {trouble}") from None
    try:
        parse(text)
    except BadPolicy as trouble:
        raise BadPolicy(f"{path}: {trouble}") from None
    return text


def read_at_start(path: str) -> str:
    """The same. Raises BadSettings: without a policy no promise can be kept."""
    try:
        return read(path)
    except BadPolicy as trouble:
        raise BadSettings(f"MINSHENG_SLA_POLICY: {trouble}") from None


class PolicyFile(Worker):
    """Adopts what the file says, whenever that is new. One replica looks."""

    name = "policy"

    def __init__(self, service: Service) -> None:
        super().__init__(service.clock)
        self._service, self._path = service, service.settings.sla_policy
        self._told = ""

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Adopts the file, or says once why not."""
        commands = self._service.commands
        _, known = await commands.load(POLICIES, policies.STREAM)
        if known.adopted is None and not self._path:
            return  # the first case adopts what comes along
        try:
            text = await asyncio.to_thread(read, self._path)
            done = await commands.execute(POLICIES, policies.STREAM, Adopt(text, self._clock.now()), Cause(ACTOR))
        except (BadPolicy, Refused) as trouble:
            if str(trouble) != self._told:
                log.error("policy_refused", trouble=str(trouble), stays=known.current.version)
            self._told = str(trouble)
            return
        self._told = ""
        if done.events:
            log.info("policy_adopted", version=done.state.current.version)
            if years := done.state.current.unknown(self._clock.now(), self._clock.now() + AHEAD):
                log.warning("holidays_unknown", years=years)
