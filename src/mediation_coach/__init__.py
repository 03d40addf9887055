"""A coach in chat for mediators and for parties to negotiations."""

__version__ = "0.1.0"
