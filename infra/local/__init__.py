"""The embedded stack: everything `template.yaml` declares, running on one machine without AWS."""
