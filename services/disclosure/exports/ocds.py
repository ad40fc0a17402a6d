"""Projects as Open Contracting release packages (OCDS 1.1). Pure.

What a notice tells fits into planning (budget, source), contract and implementation (payments); it tells of no tender, so there is none.
Each version of a notice is a release of the same contracting process: `ocid` is of the notice, `id` of the version.
Source: https://standard.open-contracting.org/1.1/en/schema/reference/
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from services.disclosure.kinds.money import ProjectFunds
from shared.clock import CHINA

VERSION = "1.1"
LANGUAGE = "zh"
BUYER = "buyer"


@dataclass(frozen=True, slots=True)
class Version:
    """A project as one version of its notice tells it."""

    notice: str
    revision: int
    title: str
    content: ProjectFunds
    published_by: str
    at: datetime


def package(versions: Sequence[Version], *, prefix: str, publisher: str, uri: str, at: datetime) -> dict[str, Any]:
    """All versions, each a release. `prefix` is the publisher's own, registered as `ocds-xxxxxx`."""
    return {
        "uri": uri,
        "version": VERSION,
        "publishedDate": _moment(at),
        "publisher": {"name": publisher},
        "extensions": [],
        "releases": [_release(version, prefix, publisher) for version in versions],
    }


def _release(version: Version, prefix: str, publisher: str) -> dict[str, Any]:
    project = version.content
    update = version.revision > 1
    tags = ["planningUpdate" if update else "planning"]
    contracts: dict[str, Any] = {}
    if project.contractor:
        tags += ["awardUpdate" if update else "award", "contractUpdate" if update else "contract"]
        tags += [("implementationUpdate" if update else "implementation")] if project.payments else []
        contracts = {"awards": [_award(project)], "contracts": [_contract(project)]}
    buyer = {"id": BUYER, "name": version.published_by or publisher}
    return {
        "ocid": f"{prefix}-{version.notice}",
        "id": f"{version.notice}-{version.revision}",
        "date": _moment(version.at),
        "tag": tags,
        "initiationType": "tender",
        "language": LANGUAGE,
        "parties": _parties(project, buyer),
        "buyer": buyer,
        "planning": _planning(version),
        **contracts,
    }


def _planning(version: Version) -> dict[str, Any]:
    project = version.content
    sources = "；".join(f"{source.name}（{source.level}）{_value(source.amount_fen)['amount']}元" for source in project.sources)
    budget = {
        "id": project.budget_line, "description": f"{project.budget_line}；{sources}", "amount": _value(project.amount_fen),
        "project": project.project, "projectID": version.notice,
    }  # fmt: skip
    whom = f"{project.beneficiaries}{f'（{project.households}户）' if project.households is not None else ''}"
    papers = [{"id": attachment.sha256, "title": attachment.name} for attachment in project.attachments]
    return {"rationale": f"受益范围：{whom}", "budget": budget, **({"documents": papers} if papers else {})}


def _award(project: ProjectFunds) -> dict[str, Any]:
    suppliers = [{"id": "supplier", "name": project.contractor}]
    return {"id": "award", "title": project.project, "value": _value(project.amount_fen), "suppliers": suppliers}


def _contract(project: ProjectFunds) -> dict[str, Any]:
    paid = [
        {
            "id": str(n), "date": _day(payment.on), "value": _value(payment.amount_fen), "payer": {"id": BUYER},
            "payee": {"id": _payee(payment.to, project), "name": payment.to},
        }
        for n, payment in enumerate(project.payments, 1)
    ]  # fmt: skip
    return {
        "id": "contract", "awardID": "award", "title": project.project, "value": _value(project.amount_fen),
        "period": {"startDate": _day(project.starts_on), "endDate": _day(project.ends_on)},
        **({"implementation": {"transactions": paid}} if paid else {}),
    }  # fmt: skip


def _payee(name: str, project: ProjectFunds) -> str:
    others = [to for to in dict.fromkeys(payment.to for payment in project.payments) if to != project.contractor]
    return "supplier" if name == project.contractor else f"payee-{others.index(name) + 1}"


def _parties(project: ProjectFunds, buyer: dict[str, Any]) -> list[dict[str, Any]]:
    """Who is referred to anywhere, once, with what he is; the lines to call are the buyer's."""
    contact = {"name": project.contact, "telephone": project.complaints_line}
    parties = [{**buyer, "roles": ["buyer", "payer"], "contactPoint": contact}]
    if not project.contractor:
        return parties
    parties.append({"id": "supplier", "name": project.contractor, "roles": ["supplier", "payee"]})
    others = [to for to in dict.fromkeys(payment.to for payment in project.payments) if to != project.contractor]
    return [*parties, *({"id": _payee(name, project), "name": name, "roles": ["payee"]} for name in others)]


def _value(fen: int) -> dict[str, Any]:
    """元 with two places: JSON's numbers are exact to 15 digits, and the largest amount here has 15."""
    return {"amount": fen // 100 if fen % 100 == 0 else fen / 100, "currency": "CNY"}


def _day(value: date) -> str:
    return datetime.combine(value, time.min, CHINA).isoformat()


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
