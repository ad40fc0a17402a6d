"""The duty rota of a department, a stream of its own (`duty-<code>`): it changes weekly and decides no case. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rpds import HashTrieMap

from services.routing.categories import during, ends, within
from shared.clock import CHINA
from shared.decider import Decider
from shared.events import Event
from shared.events.routing import DutyOfficerLeft, DutyOfficerNamed


@dataclass(frozen=True)
class Rota:
    """Who is on it, by person. The empty one has nobody on duty, and whoever asks falls back on the office's own line."""

    officers: "HashTrieMap[str, DutyOfficerNamed]" = field(default_factory=HashTrieMap)

    def listed(self) -> list[DutyOfficerNamed]:
        return sorted(self.officers.values(), key=lambda officer: (officer.days, officer.hours, officer.person))


@dataclass(frozen=True, slots=True)
class SetRota:
    """The whole rota. Who is on it already, by his name, keeps his id; the `person` of all others is new."""

    department: str
    officers: tuple[DutyOfficerNamed, ...]


def on_duty(officer: DutyOfficerNamed, moment: datetime) -> bool:
    """Whether his days and hours (China's) hold a moment. A night is that of the day on which it begins."""
    local = moment.astimezone(CHINA)
    first, last = ends(officer.hours)
    day = local - timedelta(days=1) if first >= last and local.hour < last else local
    return during(officer.hours, local.hour) and any(within(span, day.isoweekday()) for span in officer.days.split(","))


def decide_rota(command: SetRota, state: Rota) -> list[Event]:
    """Setting the same rota again changes nothing."""
    known = {officer.name: officer for officer in state.officers.values()}
    wanted = [
        officer.model_copy(update={"person": known[officer.name].person}) if officer.name in known else officer
        for officer in command.officers
    ]
    stay = {officer.person for officer in wanted}
    left = [
        DutyOfficerLeft(department=command.department, person=person) for person in sorted(state.officers) if person not in stay
    ]
    return [*left, *(officer for officer in wanted if state.officers.get(officer.person) != officer)]


def evolve_rota(state: Rota, event: Event) -> Rota:
    match event:
        case DutyOfficerNamed():
            return Rota(state.officers.insert(event.person, event))
        case DutyOfficerLeft():
            return Rota(state.officers.discard(event.person))
        case _:
            return state


ROTA: Decider[SetRota, Rota] = Decider(Rota(), decide_rota, evolve_rota)


def rota_stream(department: str) -> str:
    return f"duty-{department}"
