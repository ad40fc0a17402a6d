"""Reading the chat: what kind of message this is, which appeal it belongs to, and what must not wait or be seen.

reading = read(said, conversation)
conversation = conversation.remember(said, reading, appeal, number)
"""

from services.intake.reading.conversation import EMPTY, Conversation
from services.intake.reading.model import Reading, Said, Thread
from services.intake.reading.reader import read

__all__ = ["EMPTY", "Conversation", "Reading", "Said", "Thread", "read"]
