"""Duty rotas over REST. Names and telephones are a person's own: staff see them, nobody else, and they leave with him."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.routing.departments import DIRECTORY, DIRECTORY_STREAM
from services.routing.directory_api import TABLE, DepartmentCode, Preview, refused
from services.routing.directory_lists import Officer, Wrong, read_duty
from services.routing.duty import ROTA, Rota, SetRota, on_duty, rota_stream
from shared.access import Who, authorize
from shared.events.routing import DutyOfficerNamed
from shared.problems import Problem
from shared.service import Service, service_of
from shared.versions import IfMatch

router = APIRouter(tags=["directory"])
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]


class Officers(BaseModel):
    """A department's whole rota."""

    model_config = ConfigDict(extra="forbid")

    officers: Annotated[list[Officer], Field(max_length=200)]


@router.put("/duty", openapi_extra=TABLE)
async def import_duty(request: Request, service: Routing, who: Caller, preview: Preview = False) -> dict[str, Any]:
    """Imports a CSV or a workbook: department,name,phone and, if it has them, days,hours.

    The rota of each department it names is then what its lines say; the others' stay. `preview` as for departments.
    """
    told = await asyncio.to_thread(read_duty, await request.body())
    departments = (await service.commands.load(DIRECTORY, DIRECTORY_STREAM))[1].departments
    unknown = [
        Wrong(line, "department", f"目录中没有部门：{entry.department}")
        for entry, line in zip(told.entries, told.lines, strict=True)
        if entry.department not in departments
    ]
    wrong = sorted([*told.wrong, *unknown], key=lambda one: one.line)
    if wrong and not preview:
        raise refused(wrong)
    rotas: dict[str, list[DutyOfficerNamed]] = {}
    for entry in told.entries:
        rotas.setdefault(entry.department, []).append(entry)
    changed = 0
    for department, officers in rotas.items():
        command, stream = SetRota(department, tuple(officers)), rota_stream(department)
        if preview:
            changed += len(ROTA.decide(command, (await service.commands.load(ROTA, stream))[1]))
        else:
            changed += len((await service.commands.execute(ROTA, stream, command, who.cause())).events)
    return {"rows": told.rows, "changed": changed} | ({"faults": wrong} if preview else {})


@router.get("/departments/{department}/duty")
async def get_duty(service: Routing, response: Response, department: DepartmentCode) -> dict[str, Any]:
    """Who is on duty when, and who is now. The ETag is the rota's version."""
    version, rota = await service.commands.load(ROTA, rota_stream(await _known(service, department)))
    response.headers["ETag"] = f'"{version}"'
    return _shown(service, version, rota)


@router.put("/departments/{department}/duty")
async def put_duty(
    service: Routing, who: Caller, response: Response, department: DepartmentCode, rota: Officers, if_match: IfMatch = None
) -> dict[str, Any]:
    """Sets a department's whole rota."""
    names = [officer.name for officer in rota.officers]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Problem(422, "invalid", f"值班人 {twice} 写了两次；几个时段请写在一条里", field="officers")
    command = SetRota(await _known(service, department), tuple(officer.of(department) for officer in rota.officers))
    done = await service.commands.execute(ROTA, rota_stream(department), command, who.cause(), expected=if_match)
    response.headers["ETag"] = f'"{done.version}"'
    return _shown(service, done.version, done.state) | {"changed": bool(done.events)}


async def _known(service: Service, department: str) -> str:
    if department not in (await service.commands.load(DIRECTORY, DIRECTORY_STREAM))[1].departments:
        raise Problem(404, "not-found", f"目录中没有部门：{department}")
    return department


def _shown(service: Service, version: int, rota: Rota) -> dict[str, Any]:
    now = service.clock.now()
    officers = [{**officer.model_dump(exclude={"department"}), "on_duty": on_duty(officer, now)} for officer in rota.listed()]
    return {"officers": officers, "version": version}
