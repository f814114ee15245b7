"""The rules of the sync, standard library only: nothing here knows AWS, HTTP or a database."""
