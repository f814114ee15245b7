"""What the functions share: the domain core, ports, use cases, adapters, and the web and wiring around."""
