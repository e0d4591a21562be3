import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from experiments.datasets import DataSet, parse
from experiments.job import SettingError
from experiments.refiner.crops import crop_files
from experiments.refiner.network import (
    Critic,
    Refiner,
    fitted,
    load_refiner,
    refine_image,
    save_refiner,
    to_image,
    to_plane,
)
from experiments.refiner.refined import Refined
from experiments.refiner.training import WINDOW_PX, WINDOW_WIDTH_PX, LitRefiner, WindowPairs, window
from glyphgen.files import DataError
from glyphgen.sample import Sample
from tests.experiments.test_datasets import DATA


def line(width: int = 300, height: int = 40, ink: int = 0) -> np.ndarray:
    image = np.full((height, width, 3), 255, np.uint8)
    image[height // 4 : -height // 4, 10 : width - 10 : 9] = ink
    return image


def changing() -> Refiner:
    torch.manual_seed(0)
    refiner = Refiner(4, 1)
    torch.nn.init.normal_(refiner.change.weight, std=0.3)
    return refiner.eval()


def test_an_untrained_refiner_changes_nothing() -> None:
    image = line()
    refined = refine_image(Refiner(), image)
    assert refined.shape == image.shape
    assert np.array_equal(refined, image)
    colored = np.random.default_rng(0).integers(0, 255, (30, 90, 3), dtype=np.uint8)
    assert np.array_equal(refine_image(Refiner(), colored), colored)
    gray = np.arange(0, 256, dtype=np.uint8)[None].repeat(32, axis=0)
    assert np.array_equal(to_image(to_plane(np.dstack([gray] * 3)))[..., 0], gray), "every level stays itself"


@pytest.mark.parametrize(
    ("size", "expected"), [((40, 1), (40, 8)), ((3, 9), (8, 9)), ((40, 300), (40, 300)), ((160, 2000), (80, 1000))]
)
def test_a_line_of_any_size_is_refined(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert refine_image(changing(), np.full((*size, 3), 90, np.uint8)).shape == (*expected, 3)


def test_a_refined_sample_keeps_its_text_and_its_boxes_stand_where_they_stood() -> None:
    sample = Sample(line(300, 160), "AB", boxes=np.array([[30.0, 10, 60, 30]]), origin="one")
    (refined,) = list(Refined([sample], changing()))
    assert (refined.text, refined.origin) == ("AB", "one")
    assert np.allclose(refined.boxes, [[15.0, 5, 30, 15]])
    assert not np.array_equal(refined.image, fitted(sample.image))


def test_what_was_saved_refines_alike_and_what_is_none_is_named(tmp_path: Path) -> None:
    refiner, path = changing(), tmp_path / "refiner.safetensors"
    save_refiner(refiner, path, {"seed": 0})
    assert np.array_equal(refine_image(load_refiner(path), line()), refine_image(refiner, line()))
    assert [p.name for p in tmp_path.iterdir()] == ["refiner.safetensors"]
    with pytest.raises(DataError, match="no such file; stages=\\[refine\\] makes one"):
        load_refiner(tmp_path / "absent.safetensors")
    (tmp_path / "text").write_text("nothing")
    save_file({"a": torch.zeros(2)}, tmp_path / "other")
    header = {"format": "glyph-refiner/1", "n_channels": 10**9, "n_blocks": 1}
    tensors = {name: tensor.contiguous() for name, tensor in refiner.state_dict().items()}
    save_file(tensors, tmp_path / "huge", metadata={"refiner": json.dumps(header)})
    save_file(tensors, tmp_path / "later", metadata={"refiner": json.dumps({**header, "format": "glyph-refiner/9"})})
    for name in ("text", "other", "huge", "later"):
        with pytest.raises(DataError, match=f"{name} is no refiner"):
            load_refiner(tmp_path / name)


def test_training_lines_are_refined_and_no_others(tmp_path: Path) -> None:
    save_refiner(changing(), tmp_path / "refiner.safetensors", {})
    data = parse({**DATA, "refiner": str(tmp_path / "refiner.safetensors")})
    plain = parse(DATA)

    def first(data_set: DataSet, split: str) -> np.ndarray:
        sample: Sample = data_set.open(split, "line", 0, 4, "screenshot", "data")[0]
        return sample.image

    assert np.array_equal(first(data, "train"), refine_image(changing(), first(plain, "train")))
    for split in ("val", "test"):
        assert np.array_equal(first(data, split), first(plain, split))
    with pytest.raises(SettingError, match=r"data\.refiner changes lines"):
        data.check("glyph", 0, "data", True, True)


def test_windows_are_of_one_size_and_a_function_of_the_seed() -> None:
    rng = np.random.default_rng(0)
    for width in (8, WINDOW_WIDTH_PX, 400):
        for height in (8, WINDOW_PX, 70):
            plane = np.arange(width, dtype=np.float32) + 1000 * np.arange(height, dtype=np.float32)[:, None]
            part = window(plane, rng)
            assert part.shape == (WINDOW_PX, WINDOW_WIDTH_PX)
            assert set(part.ravel()) <= set(plane.ravel())
    rendered = [Sample(line(ink=k), "A") for k in range(12)]

    def drawn(seed: int) -> list[torch.Tensor]:
        return list(WindowPairs(rendered, [line(200), line(90, ink=80)], 4, 3, seed))  # type: ignore[arg-type]

    assert all(batch.shape == (2, 4, 1, WINDOW_PX, WINDOW_WIDTH_PX) for batch in drawn(0))
    assert all(torch.equal(a, b) for a, b in zip(drawn(0), drawn(0), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(drawn(0), drawn(1), strict=True))


@pytest.mark.usefixtures("one_thread")
def test_a_refiner_learns_how_crops_look() -> None:
    """Rendered ink is black and that of crops gray: what was refined is nearer to the crops, and keeps its shapes."""
    import pytorch_lightning as pl

    torch.manual_seed(0)
    rendered = [Sample(line(160, 32, ink=0), "A") for _ in range(8 * 120)]
    crops = [line(160, 32, ink=150)]
    model = LitRefiner(Refiner(8, 1), 0.003, 0.1, 2)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=1,
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    loader = torch.utils.data.DataLoader(WindowPairs(rendered, crops, 8, 120, 0), batch_size=None)
    trainer.fit(model, loader)
    before = to_image(to_plane(rendered[0].image))[..., 0]
    after = refine_image(model.refiner.eval(), rendered[0].image)[..., 0]
    assert before[16].min() < 30
    assert after[16].min() > 60, "ink became lighter"
    assert after[16].max() > 220, "paper did not"
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.9
    assert model.figures["mean_change"] > 5
    assert 0 <= model.figures["told_apart"] <= 1


def test_the_critic_sees_a_neighborhood_only() -> None:
    critic, plane = Critic(8), torch.zeros(1, 1, 32, 256)
    other = plane.clone()
    other[..., 200:] = 1.0
    assert torch.allclose(critic(plane)[..., :20], critic(other)[..., :20])


def test_crops_are_the_pictures_of_a_folder_and_its_folders(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("1.png", "a/2.png"):
        cv2.imwrite(str(tmp_path / name), line())
    (tmp_path / "labels.tsv").write_text("1.png\tX\n")
    assert [path.name for path in crop_files(str(tmp_path))] == ["1.png", "2.png"]
    for root, said in ((None, "needs unlabelled pictures"), (str(tmp_path / "no"), "no such folder")):
        with pytest.raises(SettingError, match=said):
            crop_files(root)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingError, match="no pictures in it"):
        crop_files(str(tmp_path / "empty"))


def test_colors_stay_apart_as_they_were() -> None:
    image = np.full((32, 90, 3), 120, np.uint8)
    image[8:24, 10:80:9] = (160, 100, 118)  # of nearly the same gray
    refined = refine_image(changing(), image)
    apart, before = (picture.astype(int)[..., 0] - picture[..., 1] for picture in (refined, image))
    assert np.array_equal(apart, before)
    assert not np.array_equal(refined, image)
