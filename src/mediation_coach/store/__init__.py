"""One SQLAlchemy implementation for SQLite and PostgreSQL."""
