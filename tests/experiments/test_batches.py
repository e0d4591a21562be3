from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import distributed
from torch.multiprocessing.spawn import spawn

from experiments.batches import Batches, Chunks, Repeated, SampleData, fitted, shares, start_method, stretched
from experiments.datasets import parse
from glyphgen.sample import Sample
from glyphgen.script import load_script
from recognizers.bundle import build
from recognizers.collation import collate
from recognizers.image.preprocess import Preprocess
from recognizers.interpret import LabelError
from recognizers.recognizer import Recognizer
from tests.experiments.test_datasets import DATA


def test_batches_are_the_same_with_any_number_of_workers(tiny_crnn: Recognizer) -> None:
    samples = parse(DATA).open("train", "line", 0, 70, "screenshot", "data")
    runs = [list(Batches(Chunks(samples, tiny_crnn, 4, True), n)) for n in (0, 1, 2)]
    for other in runs[1:]:
        assert [b.origins for b in other] == [b.origins for b in runs[0]]
        assert all(torch.equal(a.images, b.images) for a, b in zip(runs[0], other, strict=True))
    assert sorted(o for b in runs[0] for o in b.origins) == sorted(f"hylian:train:0:{i}" for i in range(70))


def test_collate_names_a_sample_whose_label_is_too_long(tiny_crnn: Recognizer) -> None:
    sample = Sample(np.zeros((32, 20, 3), np.uint8), "LONGLABEL", origin="shelf/7.png")
    with pytest.raises(LabelError, match=r"shelf/7\.png"):
        collate([sample], tiny_crnn)


def test_a_rendered_line_is_stretched_until_its_text_fits(tiny_crnn: Recognizer) -> None:
    image = np.zeros((32, 20, 3), np.uint8)
    image[:, 5:10] = 255
    sample = Sample(image, "LLAMAS", boxes=np.array([[5.0, 0, 10, 32]]), origin="thin")
    wider = stretched(sample, tiny_crnn)
    collate([wider], tiny_crnn)
    left, right = np.flatnonzero(wider.image[16, :, 0] > 127)[[0, -1]]
    assert wider.boxes[0, [0, 2]] == pytest.approx([left, right + 1], abs=1.5)
    assert stretched(wider, tiny_crnn) is wider


def test_batches_hold_pictures_that_are_of_one_width_to_the_network() -> None:
    """Narrow ink on wide sheets and wide ink on narrow ones: what is padded is counted after the sheets are cut to
    their ink.
    """
    rng = np.random.default_rng(0)
    samples = []
    for i in range(32):
        ink_px = 60 if i % 2 else 180
        sheet = np.full((40, ink_px + int(rng.integers(5, 300)), 3), 255, np.uint8)
        sheet[4:36, 3 : 3 + ink_px] = 0
        samples.append(Sample(sheet, "AB", origin=str(i)))
    recognizer = build(
        "crnn",
        load_script("hylian"),
        Preprocess(32, ink="distance", cuts=True),
        {"channels": [4, 6, 8, 8], "n_hidden": 8},
    )
    for shuffles in (False, True):
        batches = list(Batches(Chunks(samples, recognizer, 4, shuffles), 0))
        assert sorted(int(o) for batch in batches for o in batch.origins) == list(range(32))
        assert all(int(batch.widths.max() - batch.widths.min()) <= 4 for batch in batches)


@pytest.mark.parametrize(
    ("n_samples", "n_ranks"), [(96, 2), (96, 1), (70, 3), (64, 2), (31, 2), (33, 4), (1000, 7), (3, 4), (0, 2)]
)
def test_processes_that_train_together_have_as_many_batches_and_no_sample_twice(n_samples: int, n_ranks: int) -> None:
    own = [shares(n_samples, 32, rank, n_ranks) for rank in range(n_ranks)]
    assert len({tuple(len(share) for share in each) for each in own}) == 1, "every process has chunks of the same sizes"
    dealt = sorted(i for each in own for share in each for i in share)
    assert dealt == list(range(len(dealt))), "none twice, none left out but at the end"
    assert 0 <= n_samples - len(dealt) < n_ranks


def test_each_of_two_processes_says_how_many_batches_it_has(tiny_crnn: Recognizer) -> None:
    samples = parse(DATA).open("train", "line", 0, 48, "screenshot", "data")  # 12 batches: a whole chunk and half a one
    loaders = [Batches(Chunks(samples, tiny_crnn, 4, True, rank, 2), 0) for rank in range(2)]
    held = [list(loader) for loader in loaders]
    assert [len(loader) for loader in loaders] == [len(batches) for batches in held] == [6, 6]
    origins = [origin for batches in held for batch in batches for origin in batch.origins]
    assert sorted(origins) == sorted(f"hylian:train:0:{i}" for i in range(48))


class _Dots:
    """Samples that any process makes alike, and fast."""

    def __len__(self) -> int:
        return 50

    def __getitem__(self, i: int) -> Sample:
        return Sample(np.full((32, 48, 3), 255, np.uint8), "AB", origin=str(i))


def _train_a_rank(rank: int, folder: str) -> None:
    """Go through the batches as DDP does: every step waits for the other process."""
    distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    recognizer = build("crnn", load_script("hylian"), Preprocess(), {"channels": [4, 6, 8, 8], "n_hidden": 8})
    seen, n_steps = list[str](), 0
    for batch in Batches(Chunks(_Dots(), recognizer, 4, True, rank, 2), 0):
        step = torch.tensor([n_steps])
        distributed.all_reduce(step)
        assert step.item() == 2 * n_steps, "the processes are at the same step"
        seen, n_steps = seen + batch.origins, n_steps + 1
    distributed.barrier()
    Path(folder, str(rank)).write_text("\n".join(seen))
    distributed.destroy_process_group()


@pytest.mark.slow  # two more processes that import torch
def test_two_processes_wait_for_each_other_at_every_step_and_end_together(tmp_path: Path) -> None:
    spawn(_train_a_rank, (str(tmp_path),), nprocs=2)
    seen = [(tmp_path / str(rank)).read_text().split() for rank in range(2)]
    assert len(seen[0]) == len(seen[1])
    assert sorted(map(int, seen[0] + seen[1])) == list(range(50))


def test_a_picture_that_a_move_left_too_narrow_is_widened_and_does_not_end_the_training(tiny_crnn: Recognizer) -> None:
    narrow = Sample(
        np.full((32, 28, 3), 255, np.uint8), "AABBCC", boxes=np.array([[0.0, 0, 28, 32]]), origin="crop"
    )  # 9 of 7 steps
    with pytest.raises(LabelError, match="crop"):
        collate([narrow], tiny_crnn)
    wide, tensor = fitted(narrow, tiny_crnn)
    assert collate([wide], tiny_crnn).texts == [tiny_crnn.script.canonical("AABBCC")]
    assert wide.boxes[0, 2] == wide.image.shape[1]
    assert np.array_equal(tensor, tiny_crnn.preprocess(wide.image).tensor)
    fits = Sample(np.full((32, 40, 3), 255, np.uint8), "AABBCC", origin="crop")
    assert fitted(fits, tiny_crnn)[0] is fits
    assert len(list(Batches(Chunks([narrow, fits], tiny_crnn, 2, True), 0))) == 1


def test_a_text_far_too_long_for_its_picture_is_named_not_learned(tiny_crnn: Recognizer) -> None:
    label = Sample(np.full((32, 28, 3), 255, np.uint8), "ABCDEF" * 6, boxes=np.zeros((1, 4)), origin="odd one")
    with pytest.raises(LabelError, match="odd one"):
        Chunks([label], tiny_crnn, 1, True)[0]


@given(st.integers(1, 40), st.integers(0, 130))
def test_samples_that_are_repeated_come_equally_often(n: int, length: int) -> None:
    repeated = Repeated(range(1000)[:length], n)
    seen = Counter(repeated[i] for i in range(len(repeated)))
    assert len(repeated) == length
    assert set(seen) <= set(range(n))
    counts = [seen[i] for i in range(min(n, length))]
    assert not counts or max(counts) - min(counts) <= 1


def test_each_round_of_repeated_samples_has_its_own_order_and_a_training_sees_no_others(tiny_crnn: Recognizer) -> None:
    repeated = Repeated(range(100), 20)
    rounds = [[repeated[20 * turn + i] for i in range(20)] for turn in range(5)]
    assert all(sorted(each) == list(range(20)) for each in rounds)
    assert len({tuple(each) for each in rounds}) == 5
    samples = parse(DATA).open("train", "line", 0, 48, "screenshot", "data")
    data = SampleData(samples, [], tiny_crnn, 4, 0, n_samples=5)
    origins = Counter(origin for batch in data.train_dataloader() for origin in batch.origins)
    assert set(origins) == {f"hylian:train:0:{i}" for i in range(5)}
    assert sum(origins.values()) == 48
    with pytest.raises(IndexError):
        repeated[100]


def test_processes_start_as_usual_but_where_that_is_none_of_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start_method() is None
    monkeypatch.setattr("multiprocessing.get_start_method", lambda allow_none: "loky")  # inside a job that joblib runs
    assert start_method() in ("fork", "spawn")
