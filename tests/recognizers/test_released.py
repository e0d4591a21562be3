"""The index of released weights agrees with the files, their headers and the table for people."""

from __future__ import annotations

import re

import pytest

from glyphgen.script import Script, load_script
from recognizers import bundle, bundle_file, released
from recognizers.networks.protonet import ProtoNet

INDEX = released.releases()
SHEIKAH = Script("sheikah", load_script("capitals").graphemes)
FILES = {path.stem for path in released.WEIGHTS_DIR.glob("*.safetensors")}


def test_every_bundle_is_in_the_index_and_the_table_and_the_other_way_round() -> None:
    assert set(INDEX) == FILES
    table = (released.WEIGHTS_DIR / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(FILES)


@pytest.mark.parametrize("name", INDEX)
def test_what_the_index_says_is_what_the_header_says(name: str) -> None:
    release, header = INDEX[name], bundle_file.read_header(name)
    assert release.architecture == header["architecture"]
    assert release.unit == bundle.network_class(release.architecture).unit
    script, config = Script.from_dict(header["script"]), header["provenance"]["config"]
    assert release.is_for(script)
    assert config["data"]["name"] in release.data
    if release.letters is not None:
        assert release.letters == released.digest(script)
    if release.recipe is not None:
        assert f"experiment={release.recipe}" in header["provenance"]["command"]
    if release.script == released.ANY_SCRIPT:
        network = bundle.load(name)
        assert isinstance(network, ProtoNet)
        assert not network.head.counts.any(), "it was taught glyphs, and so reads a script of its own"


def test_weights_are_chosen_by_recipe_then_by_data_then_by_script() -> None:
    alnum, cased = load_script("alnum"), load_script("alnum_cased")

    def chosen(script: Script, data: str, recipe: str | None = None, architecture: str = "resnet") -> str | None:
        release = released.choose(architecture, script, data, recipe)
        return release and release.name

    assert chosen(alnum, "digits_letters") == "resnet_alnum"
    assert chosen(alnum, "emnist_letters") == "resnet_alnum"
    assert chosen(alnum, "chars74k_img") == "resnet_chars74k_img"
    assert chosen(alnum, "emnist_letters", "chars74k_img") == "resnet_chars74k_img"
    assert chosen(cased, "chars74k_hnd") == "resnet_chars74k_hnd"
    assert chosen(cased, "emnist_byclass") is None, "weights of handwriting on tablets, for scanned forms"
    assert [r.name for r in released.candidates("resnet", cased)] == ["resnet_chars74k_hnd"]
    assert chosen(SHEIKAH, "drawings", architecture="crnn") is None
    assert chosen(SHEIKAH, "drawings", architecture="protonet") == "protonet"


def test_a_script_named_after_a_file_is_known_by_its_letters() -> None:
    chinese = Script.from_dict(bundle_file.read_header("crnn_chinese")["script"])
    renamed = Script("my_copy", chinese.graphemes)
    fewer = Script("my_copy", chinese.graphemes[:-1])
    assert [r.name for r in released.candidates("crnn", renamed)] == ["crnn_chinese"]
    assert released.candidates("crnn", fewer) == []
    digits = Script("my_digits", load_script("digits").graphemes)
    assert released.candidates("crnn", digits) == [], "another script may have the same letters"


def test_finders_and_offers_come_from_the_index() -> None:
    assert released.finder_name(load_script("hylian")) == "lines_hylian"
    assert released.finder_name(load_script("digits")) is None
    assert released.find("crnn", "many") == "crnn_scripts"
    assert released.find("lenet5", "hylian") is None
    offers = released.offers()
    assert offers["hylian"] == ("crnn_hylian", "cnn_hylian_drawn")
    assert offers["letters"] == (None, "resnet_alnum")
    for offer in offers.values():
        for unit, name in offer._asdict().items():
            assert name is None or INDEX[name].unit == unit
