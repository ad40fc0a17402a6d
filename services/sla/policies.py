"""All versions of the policy that the county ever adopted, as the stream `policy`. Pure.

A clock finds the version it was started with here; new cases begin under the current one.
"""

from dataclasses import dataclass, field
from datetime import datetime

from rpds import HashTrieMap

from services.sla.policy import BadPolicy, Policy, parse, shipped
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.sla import PolicyAdopted

STREAM = "policy"


@dataclass(frozen=True)
class Policies:
    """The versions by name. Before any was adopted, the one that comes along is current."""

    adopted: PolicyAdopted | None = None
    current: Policy = field(default_factory=lambda: parse(shipped()))
    versions: "HashTrieMap[str, Policy]" = field(default_factory=HashTrieMap)
    texts: "HashTrieMap[str, str]" = field(default_factory=HashTrieMap)

    def of(self, version: str) -> Policy:
        """A version; one that nobody knows any more, or that this program cannot read any more, is taken for the current."""
        return self.versions.get(version, self.current)


@dataclass(frozen=True, slots=True)
class Adopt:
    """The file says this now. It was read and found whole before."""

    text: str
    at: datetime


def decide(command: Adopt, state: Policies) -> list[Event]:
    """The same again changes nothing; another text under a version that stands already would rewrite history."""
    if state.adopted and state.adopted.text == command.text:
        return []
    version = parse(command.text).version
    if state.texts.get(version, command.text) != command.text:
        raise Refused("version-used", f"版本号 {version} 已用于另一份时限规定：内容改动后请换一个版本号")
    return [PolicyAdopted(version=version, text=command.text, adopted_at=command.at)]


def evolve(state: Policies, event: Event) -> Policies:
    if not isinstance(event, PolicyAdopted):
        return state
    texts = state.texts.insert(event.version, event.text)
    try:
        policy = parse(event.text)
    except BadPolicy:  # of an older program: its clocks go on by the one before
        return Policies(event, state.current, state.versions, texts)
    return Policies(event, policy, state.versions.insert(event.version, policy), texts)


POLICIES: Decider[Adopt, Policies] = Decider(Policies(), decide, evolve)
