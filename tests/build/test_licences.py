"""What is shipped may be shipped: every package of the layer has a licence that allows it unconditionally."""

from __future__ import annotations

from importlib.metadata import metadata

from tests.build.sam_template import ROOT

# certifi is Mozilla's list of authorities, passed on unchanged, which its licence asks nothing more for.
ALLOWED = {"MIT", "MIT-0", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "MPL-2.0"}
UNDER_MPL = {"certifi"}


def test_the_licences_of_the_layer_allow_shipping_it() -> None:
    lines = (ROOT / "shared/requirements.txt").read_text(encoding="utf-8").splitlines()
    names = {line.partition("==")[0] for line in lines if line[:1].isalnum()}
    licences = {}
    for name in names:
        described = metadata(name)
        licences[name] = described["License-Expression"] or described["License"]
    assert {name: licence for name, licence in licences.items() if licence not in ALLOWED} == {}
    assert {name for name, licence in licences.items() if licence == "MPL-2.0"} <= UNDER_MPL
