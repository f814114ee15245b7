from __future__ import annotations

from pathlib import Path

from infra.zoho_sim.app import ROUTES
from infra.zoho_sim.control import CONTROLS
from infra.zoho_sim.knobs import knob_notes
from infra.zoho_sim.routes import ENDPOINTS

README = (Path(__file__).parents[2] / "infra" / "zoho_sim" / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_every_knob_with_what_it_decides() -> None:
    missing = [
        name for name, note in knob_notes().items() if f"| `{name}` |" not in README or note not in README
    ]
    assert missing == []


def test_the_readme_lists_every_endpoint_and_path() -> None:
    assert [name for name in ENDPOINTS if f"`{name}`" not in README] == []
    assert [path for _, path in ROUTES if path not in README] == []


def test_the_readme_lists_every_control() -> None:
    assert [name for _, name in CONTROLS if f"/__sim__/{name}`" not in README] == []
