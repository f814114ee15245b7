"""Writes the OpenAPI document that the console serves: `python -m infra.openapi`.

It is made from the handlers' own routes and kept beside the console's files, because the console imports
nothing of the service. A test makes it anew and compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from functions.configure.app import api as configure
from functions.connect.app import api as connect
from functions.history.app import api as history
from functions.run_sync.api import api as run_sync

TARGET = Path(__file__).resolve().parents[1] / "functions" / "console" / "static" / "openapi.json"

ERROR = {"$ref": "#/components/schemas/ErrorAnswer"}
# Powertools describes its own validation errors; this API answers them in its one shape.
FOREIGN = ("HTTPValidationError", "ValidationError", "ResponseValidationError")


# API Gateway answers these itself and lets nobody word them: no valid token, too long a body, too many
# requests, and a function that ended without an answer.
OF_THE_GATEWAY = {
    "401": "No valid token; the gateway says so itself, in `message` alone.",
    "413": "The body is too long; the gateway says so itself, in `message` alone.",
    "429": "Too many requests; the gateway says so itself, in `message` alone.",
    "500": "`internal_error`, or the gateway's own `message` when the function gave no answer.",
}
MESSAGE = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
EITHER = {"anyOf": [ERROR, MESSAGE]}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of every route that a resolver answers."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for api in (connect, configure, run_sync, history):
        part = json.loads(api.get_openapi_json_schema())
        for path, operations in part["paths"].items():
            paths.setdefault(path, {}).update(operations)
        for name, schema in part["components"]["schemas"].items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two handlers mean different things by {name}")
    for operations in paths.values():
        for operation in operations.values():
            _tidy(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Contact sync",
            "version": "1",
            "description": "Keeps Zoho Campaigns lists in step with the customers of Zoho Books.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in FOREIGN},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _tidy(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if "requestBody" in operation:
        known = responses.get("400", {}).get("description")
        responses["400"] = {"description": ", ".join(filter(None, ("`json_invalid`", known)))}
        responses["415"] = {"description": "`unsupported_media_type`: the body is not application/json."}
    responses.get("204", {}).pop("content", None)
    for status, response in responses.items():
        if int(status) >= 400:  # noqa: PLR2004 — a refusal
            response["content"] = {"application/json": {"schema": ERROR}}
    for status, description in OF_THE_GATEWAY.items():
        if status == "413" and "requestBody" not in operation:
            continue
        schema = MESSAGE if status in {"413", "429"} else EITHER
        content = {"application/json": {"schema": schema}}
        responses[status] = {"description": description, "content": content}


def text() -> str:
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
