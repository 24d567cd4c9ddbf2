"""Alembic migrations of the study store. ``autotune.store.schema`` runs them; nobody needs an alembic.ini."""
