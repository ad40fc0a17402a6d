"""The peer: the library `eventsourcing` with its PostgreSQL recorder, given its fair best."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.bench.measure import Done

CASES = 256
THREADS = (1, 4, 16)


class Case(Aggregate):
    """A case with the same facts as ours."""

    def __init__(self, number: str, group: str, department: str) -> None:
        self.number, self.group, self.department, self.status, self.by = number, group, department, "assigned", ""

    def report(self, by: str, name: str, words: str) -> None:
        if self.status not in ("assigned", "accepted", "in_progress"):
            raise ValueError(self.status)
        self._reported(by, name, words)

    @event("Reported")
    def _reported(self, by: str, name: str, words: str) -> None:
        self.status, self.by = "in_progress", by


class Desk:
    """An application of one configuration, with cases to work on."""

    def __init__(self, dsn: str, name: str, cached: bool) -> None:
        url = urlsplit(dsn)
        env = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": url.path.lstrip("/"),
            "POSTGRES_HOST": str(url.hostname),
            "POSTGRES_PORT": str(url.port),
            "POSTGRES_USER": str(url.username),
            "POSTGRES_PASSWORD": str(url.password),
            "POSTGRES_POOL_SIZE": str(max(THREADS)),
            **({"AGGREGATE_CACHE_MAXSIZE": str(4 * CASES)} if cached else {}),
        }

        class Cases(Application[UUID]):
            pass

        Cases.name = name
        self._app = Cases(env)
        cases = [Case(f"TY-{n}", "g", "water") for n in range(CASES)]
        self._app.save(*cases)
        self._ids = [case.id for case in cases]

    def report(self, threads: int, seconds: float) -> Done:
        """Load, command, save; each thread on cases of its own."""
        until = time.perf_counter() + seconds

        def work(thread: int) -> int:
            done, n = 0, thread
            while time.perf_counter() < until:
                n = (n + threads) % CASES
                case: Case = self._app.repository.get(self._ids[n])
                case.report("official-7", "王工", "正在抢修，预计今晚恢复供水")
                self._app.save(case)
                done += 1
            return done

        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            done = sum(pool.map(work, range(threads)))
        return Done(done, time.perf_counter() - began)

    def close(self) -> None:
        self._app.close()


class Peer:
    """The fastest of several ways to use it."""

    def __init__(self, dsn: str) -> None:
        self._desks = {
            "no cache": Desk(dsn, "plain", cached=False),
            "cached": Desk(dsn, "cached", cached=True),
        }
        self._best = ("no cache", 1)

    @property
    def way(self) -> str:
        desk, threads = self._best
        return f"PostgreSQL, {desk}, {threads} thread{'s' * (threads > 1)}"

    def find_best(self, seconds: float) -> None:
        ways = [(desk, threads) for desk in self._desks for threads in THREADS]
        self._best = max(ways, key=lambda way: self._desks[way[0]].report(way[1], seconds).rate)

    def report(self, seconds: float) -> Done:
        desk, threads = self._best
        return self._desks[desk].report(threads, seconds)

    def close(self) -> None:
        for desk in self._desks.values():
            desk.close()
