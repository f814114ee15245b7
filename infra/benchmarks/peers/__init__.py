"""Three general loaders, each in an environment of its own and with a target that posts every record."""
