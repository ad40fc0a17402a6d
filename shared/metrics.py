"""What operations see of every service, alike: one registry a service, so that several can share a process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The kernel's instruments. Services add their own to `registry`."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        info = Gauge("minsheng_service", "1 while the service runs", ["service"], registry=r)
        info.labels(service).set(1)
        self.appended = Counter("minsheng_events_appended", "Events stored", registry=r)
        self.append_batch = Histogram(
            "minsheng_append_batch_requests",
            "Requests in one commit",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
            registry=r,
        )
        self.conflicts = Counter("minsheng_append_conflicts", "Appends refused for their expected version", registry=r)
        self.published = Counter("minsheng_relay_published", "Events acknowledged by JetStream", registry=r)
        self.relay_lag = Gauge("minsheng_relay_lag_events", "Log positions not yet published", registry=r)
        self.consumed = Counter("minsheng_consumer_applied", "Events that took effect", ["durable"], registry=r)
        self.duplicates = Counter("minsheng_consumer_duplicates", "Events delivered again and ignored", ["durable"], registry=r)
        self.consumer_lag = Gauge("minsheng_consumer_lag_events", "Events not yet applied", ["durable"], registry=r)
        self.resets = Counter(
            "minsheng_consumer_resets", "Consumers restarted at their stored position", ["durable"], registry=r
        )
        self.dead_letters = Gauge("minsheng_dead_letters", "Events parked for a person to look at", registry=r)
        self.follower_lag = Gauge(
            "minsheng_follower_lag_events", "Log positions a view or process has yet to read", ["follower"], registry=r
        )
        self.held = Gauge("minsheng_exclusive_work", "1 while this replica does the exclusive work", ["work"], registry=r)
        self.restarts = Counter(
            "minsheng_work_restarts", "Times a background work failed and began again", ["work"], registry=r
        )
        self.requests = Histogram(
            "minsheng_http_request_seconds", "Time to answer", ["method", "route", "status"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5), registry=r,
        )  # fmt: skip
