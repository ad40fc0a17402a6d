"""All JetStream configuration, as data: one stream a publishing service, and how a durable consumer is set up.

JetStream carries, PostgreSQL keeps: a stream holds days, not history, and losing it costs a republish.
"""

from datetime import UTC, datetime, timedelta

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from shared.envelope import PARTITIONS
from shared.events import BY_SERVICE, Event, event_name

RETENTION = timedelta(days=7)
DUPLICATE_WINDOW_SECONDS = 120
ACK_WAIT_SECONDS = 60


def stream_name(service: str) -> str:
    return service.upper()


def stream_config(service: str, replicas: int) -> StreamConfig:
    """Subjects `<service>.<event-name>.<partition>`. The relay is its only publisher."""
    return StreamConfig(
        name=stream_name(service),
        subjects=[f"{service}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=RETENTION.total_seconds(),
        duplicate_window=float(DUPLICATE_WINDOW_SECONDS),
        num_replicas=replicas,
        allow_direct=True,
    )


def durable_name(consumer: str, source: str, share: int, shares: int) -> str:
    """e.g. `routing-intake-0of1`: routing's consumer of intake's stream, the only one of one."""
    return f"{consumer}-{source}-{share}of{shares}"


def filter_subjects(source: str, types: tuple[type[Event], ...], share: int, shares: int) -> list[str]:
    """Which subjects share `share` of `shares` hears: all partitions, or every `shares`-th of the 16."""
    names = sorted({event_name(event.TYPE) for event in types})
    if shares == 1:
        return [f"{source}.{name}.*" for name in names]
    return [f"{source}.{name}.{p:02d}" for name in names for p in range(share, PARTITIONS, shares)]


def consumer_config(durable: str, subjects: list[str], start: int) -> ConsumerConfig:
    """One owner reads in order and acknowledges all up to a message at once, after its commit."""
    return ConsumerConfig(
        durable_name=durable,
        filter_subjects=subjects,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=start,
        ack_policy=AckPolicy.ALL,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
        max_ack_pending=20_000,
        max_waiting=16,
    )


async def ensure(js: JetStreamContext, service: str, replicas: int) -> StreamInfo:
    """Creates or updates a service's stream; safe to call at every start and by many at once."""
    config = stream_config(service, replicas)
    try:
        info = await js.stream_info(stream_name(service))
    except NotFoundError:
        return await js.add_stream(config)
    have = info.config
    if (have.subjects, have.max_age, have.duplicate_window, have.num_replicas) != (
        config.subjects,
        config.max_age,
        config.duplicate_window,
        config.num_replicas,
    ):
        return await js.update_stream(config)
    return info


async def ensure_all(js: JetStreamContext, replicas: int) -> None:
    for service in BY_SERVICE:
        await ensure(js, service, replicas)


def created(info: StreamInfo) -> datetime:
    """When the stream was made: another time means another stream, whose sequence numbers mean nothing to us."""
    if not isinstance(info.created, datetime):
        raise TypeError("nats-server did not tell when the stream was created")
    return info.created


def epoch() -> datetime:
    """A time for what has none."""
    return datetime(1970, 1, 1, tzinfo=UTC)
