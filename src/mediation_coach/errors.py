"""What can go wrong, and what the reader can do about it."""

from __future__ import annotations

from datetime import timedelta


class CoachError(Exception):
    """Something the reader can mend; the message says how."""


class ConfigError(CoachError):
    """A setting is missing, unknown or impossible."""


class InUse(ConfigError):
    """Another process has what is needed; it may let go soon, as one that is being replaced does."""


class ContentError(CoachError):
    """The knowledge folder, a prompt or the embedding model cannot be used as it is."""


class PluginError(CoachError):
    """A plugin is not installed, or does not keep its contract."""


class AnswererUnavailable(CoachError):
    """The language model cannot answer now; the library still can."""


class Stopped(CoachError):
    """The person does not want the answer that is being written."""


class StoreError(CoachError):
    """The database cannot be opened, read or written."""


class StoreInUse(StoreError):
    """Another process writes the database, and only one may."""


class AdapterError(CoachError):
    """A chat platform did not do what was asked."""

    def __init__(self, adapter: str, reason: str) -> None:
        """Name the adapter and the platform's own short reason; neither carries anyone's words."""
        super().__init__(f"{adapter}: {reason}")
        self.adapter = adapter
        self.reason = reason


class TryLater(AdapterError):
    """The platform is busy or out of reach; the same call may succeed after `retry_after`."""

    def __init__(self, adapter: str, reason: str, retry_after: timedelta, *, sent_unknown: bool = False) -> None:
        """`sent_unknown` is true when the platform may have accepted the message before it failed."""
        super().__init__(adapter, reason)
        self.retry_after = retry_after
        self.sent_unknown = sent_unknown


class NotDelivered(AdapterError):
    """The platform refused for good; trying again would not help."""
