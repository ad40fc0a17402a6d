"""What is said of a case beside its usual way: what holds it up or ends it, to its group; what officials ask of each other, to
them. The score alone (exclusions, calls in vain) is no news to anybody here.
"""

from shared.events.casework import (
    AssistantJoined,
    AssistantReleased,
    CaseFoundInadmissible,
    CaseResumed,
    CaseSplit,
    CaseSupervised,
    CaseSuspended,
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
    PartFinished,
    ReturnRefused,
    SupervisionLifted,
    WaitsFor,
)
from shared.events.notify import Audience
from shared.events.routing import CaseEvent, CaseReturned

WAITS = {WaitsFor.REPORTER: "等待反映人补充情况", WaitsFor.WEATHER: "等待天气好转", WaitsFor.AUTHORITY: "等待上级答复"}
_REASON = {"words": "reason"}
_HELPER = {"assistant": "assistant_name"}

SAID: dict[type[CaseEvent], tuple[Audience, str, dict[str, str]]] = {
    CaseSuspended: (Audience.GROUP, "suspended", {"waits": "waits_for", "until": "until", **_REASON}),
    CaseResumed: (Audience.GROUP, "resumed", {}),
    ExtensionGranted: (Audience.GROUP, "extended", {"days": "days", **_REASON}),
    CaseSplit: (Audience.GROUP, "split", {}),
    CaseFoundInadmissible: (Audience.GROUP, "inadmissible", {"instead": "instead", **_REASON}),
    ExtensionAsked: (Audience.OFFICIALS, "extension-asked", {"days": "days", **_REASON}),
    ExtensionRefused: (Audience.OFFICIALS, "extension-refused", _REASON),
    CaseReturned: (Audience.OFFICIALS, "returned", {"count": "count", **_REASON}),
    ReturnRefused: (Audience.OFFICIALS, "return-refused", _REASON),
    AssistantJoined: (Audience.OFFICIALS, "assisting", {"words": "part", **_HELPER}),
    PartFinished: (Audience.OFFICIALS, "part-finished", {"words": "answer", **_HELPER}),
    AssistantReleased: (Audience.OFFICIALS, "released", {**_REASON, **_HELPER}),
    CaseSupervised: (Audience.OFFICIALS, "supervised", {"words": "comment"}),
    SupervisionLifted: (Audience.OFFICIALS, "supervision-lifted", {"words": "comment"}),
}
"""event → who hears of it, by which template, which word of the template is which field of the event"""
