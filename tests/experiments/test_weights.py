"""Settings as a person finds them: listed with their defaults, to be set by name, and in agreement with the weights."""

from dataclasses import fields
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from experiments.build import first_network
from experiments.job import Run, SettingError
from experiments.weights import check_script, choose, load
from glyphgen.datasets.augmented import Deformation, make_deformation
from glyphgen.script import load_script
from recognizers.bundle import load_network
from recognizers.released import WEIGHTS_DIR, releases

CONF = Path(__file__).parents[2] / "conf"


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return OmegaConf.create(OmegaConf.to_container(compose("config", list(overrides)), resolve=True))


@pytest.mark.parametrize("name", ["az_csv", "chars74k", "digits_letters", "emnist", "glyph_files", "mnist"])
def test_moves_are_listed_with_their_defaults_and_can_be_set(name: str) -> None:
    needs = ["data.root=somewhere"] if name == "glyph_files" else []
    assert make_deformation(composed(f"data={name}", *needs).data.deformation) == Deformation()
    assert set(composed(f"data={name}", *needs).data.deformation) == {field.name for field in fields(Deformation)}
    moved = composed(f"data={name}", "data.deformation.turn_deg=5", "data.deformation.keeps_colors=true", *needs)
    assert make_deformation(moved.data.deformation) == Deformation(turn_deg=5, keeps_colors=True)


def test_no_group_of_settings_is_empty() -> None:
    """What a `{}` could hold nobody can set from the command line, nor read."""
    for path in CONF.rglob("*.yaml"):
        assert "{}" not in path.read_text(), path


def test_every_setting_of_preprocessing_can_be_set() -> None:
    config = composed(
        "model=crnn", "model.preprocess.ink=even", "model.preprocess.cuts=true", "model.preprocess.closes_gaps=true"
    )
    assert config.model.preprocess.ink == "even"
    assert composed("model=cnn", "model.preprocess.levels_light=true").model.preprocess.levels_light is True


def test_weights_agree_with_the_settings_they_were_made_with() -> None:
    for overrides, weights in (
        ([], "crnn_hylian"),
        (["experiment=captcha_crnn"], "crnn_captcha"),
        (["experiment=mnist_cnn"], "cnn_mnist"),
        (["model=crnn"], "crnn_captcha"),
    ):
        model = OmegaConf.to_container(composed(*overrides).model)
        assert load(weights, model).architecture in ("crnn", "cnn")


def test_tasks_are_named_by_the_data_and_by_the_stage() -> None:
    own = composed("model=protonet", "data=many_glyphs").stage.episodes
    assert (own.runs, own.background, own.alphabets) == ("omniglot/one_shot_runs_01_10", None, None)
    own = composed(
        "model=protonet", "data=omniglot", "data.runs=null", "data.background=b", "data.alphabets=[Runic]"
    ).stage.episodes
    assert (own.runs, own.background, list(own.alphabets)) == (None, "b", ["Runic"])
    own = composed(
        "model=protonet", "data=omniglot", "stage.episodes.runs=mine", "stage.episodes.background=b"
    ).stage.episodes
    assert (own.runs, own.background) == ("mine", "b")


@pytest.mark.parametrize(
    ("model", "data", "script", "stages", "name", "expected"),
    [
        ("crnn", "hylian_crops", "hylian", ["adapt"], None, "crnn_hylian"),
        ("resnet", "digits_letters", "alnum", ["evaluate"], "digits_letters", "resnet_alnum"),
        ("resnet", "digits_letters", "alnum", ["evaluate"], "chars74k_img", "resnet_chars74k_img"),
        ("resnet", "chars74k_hnd", "alnum_cased", ["evaluate"], None, "resnet_chars74k_hnd"),
        (
            "resnet",
            "emnist_byclass",
            "alnum_cased",
            ["evaluate"],
            None,
            r"resnet_chars74k_hnd \(one digit .*weights=NAME",
        ),
        (
            "resnet",
            "hylian_crops",
            "hylian",
            ["evaluate"],
            None,
            r"no released ones for model=resnet and script 'hylian'; ",
        ),
        ("protonet", "omniglot", "hylian", ["episodes"], None, "protonet"),
        ("protonet", "hylian_synth", "hylian", ["evaluate"], None, "'protonet' has been taught no glyph of 'hylian'"),
        ("crnn", "drawings", "hylian", ["fewshot"], None, "crnn_scripts"),
    ],
)
def test_released_weights_are_taken_where_they_fit_or_the_error_says_what_there_is(
    tmp_path: Path, model: str, data: str, script: str, stages: list[str], name: str | None, expected: str
) -> None:
    kind = "folder" if data == "hylian_crops" else "synth"
    settings = {
        "model": {"architecture": model},
        "data": {"name": data, "kind": kind},
        "stages": stages,
        "weights": None,
        "name": name,
    }
    run = Run(settings, tmp_path)
    if expected in releases():
        assert choose(run, load_script(script)) == expected
        return
    with pytest.raises(SettingError, match=expected):
        choose(run, load_script(script))


def test_a_run_knows_the_weights_that_were_chosen_for_it_also_when_it_goes_on(tmp_path: Path) -> None:
    settings = OmegaConf.to_container(composed("stages=[evaluate]"))
    assert isinstance(settings, dict)
    run = Run(settings, tmp_path)  # type: ignore[arg-type]
    first_network(run)
    assert run.weights == "crnn_hylian"
    again = Run(settings, tmp_path)  # type: ignore[arg-type]
    first_network(again, WEIGHTS_DIR / "crnn_hylian.safetensors")
    assert again.weights == "crnn_hylian"


def test_weights_of_another_script_are_named_with_the_beginning_of_its_alphabet() -> None:
    many, hylian = load_network("crnn_scripts").script, load_script("hylian")
    with pytest.raises(SettingError, match="weights=a read the script 'many' ") as wrong:
        check_script("weights=a", many, hylian, "hylian_synth")
    assert len(str(wrong.value)) < 600
    check_script("weights=a", hylian, hylian, "hylian_synth")
