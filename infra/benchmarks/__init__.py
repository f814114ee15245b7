"""What the engine costs and how fast it is: one module a measurement, run by `infra/bench`."""
