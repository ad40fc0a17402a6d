"""What operations see of disclosure: notices as they are published, corrected and withdrawn."""

from prometheus_client import Counter

from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn
from shared.metrics import Counting
from shared.service import Service


class DisclosureFigures:
    """Counted as events are stored."""

    def __init__(self, service: Service) -> None:
        self.notices = Counter("minsheng_notices", "Notices, by what was done", ["step"], registry=service.metrics.registry)
        self.counting: Counting = {
            NoticePublished: lambda *_: self.notices.labels("published").inc(),
            NoticeCorrected: lambda *_: self.notices.labels("corrected").inc(),
            NoticeWithdrawn: lambda *_: self.notices.labels("withdrawn").inc(),
        }

    async def measure(self) -> None:
        """Nothing here is known to the database alone."""
