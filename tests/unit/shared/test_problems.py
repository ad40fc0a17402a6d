"""Errors nobody foresaw are problems too, and tell a stranger nothing."""

import httpx
from fastapi import FastAPI

from shared import problems


async def test_a_fault_of_ours_is_a_problem_without_our_words() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("postgresql://minsheng:secret@db")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, problems.MEDIA_TYPE)
    assert answer.json()["type"] == "urn:minsheng:problem:internal"
    assert "secret" not in answer.text
