"""Two processes that train together, as trainer=ddp has them: any number of steps, every sample once, the same figures
as of one process with the batches of both.
"""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn

from experiments.fit import fit, seed_everything
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.shapes.pen import load_drawing
from glyphgen.texts.english import Corpus
from recognizers.training import LitRecognizer
from tests.conftest import tiny
from tests.experiments.test_fit import make_run

pytestmark = pytest.mark.slow  # two more processes that import torch and Lightning
N_RANKS, BATCH_SIZE = 2, 4


def lines(n: int) -> LineSynth:
    drawing = load_drawing("hylian")
    return LineSynth(DrawnSource(drawing), Corpus(drawing.script, 5), "none", 0, "train", n, n_faces=2)


def figures(folder: Path, n_steps: int, n_ranks: int, batch_size: int) -> tuple[list[str], dict[str, Any], int]:
    """Train in this process, one of n_ranks; return the samples that it saw, the stage's figures, and its steps."""
    seen, n_done = list[str](), 0
    run = make_run(folder, max_steps=n_steps, val_every=max(n_steps // 6, 1), batch_size=batch_size, patience=999)
    run.settings["trainer"] = {**run.settings["trainer"], "devices": n_ranks, "n_threads": 1}
    run.settings["trainer"]["strategy"] = "ddp" if n_ranks > 1 else "auto"
    run.settings["callbacks"]["progress_bar"]["enabled"] = False
    step = LitRecognizer.training_step

    def watched(self: LitRecognizer, batch: Any, index: int) -> torch.Tensor:
        nonlocal n_done
        seen.extend(batch.origins)
        n_done += 1
        return step(self, batch, index)

    LitRecognizer.training_step = watched  # type: ignore[method-assign]
    try:
        seed_everything(0)
        network = tiny(load_drawing("hylian").script)
        val = LineSynth(DrawnSource(load_drawing("hylian")), Corpus(network.script, 5), "none", 0, "val", 8, n_faces=2)
        made = fit(network, lines(n_steps * BATCH_SIZE * N_RANKS), [val[i] for i in range(8)], run, "adapt")
    finally:
        LitRecognizer.training_step = step  # type: ignore[method-assign]
    return seen, made, n_done


def _rank(rank: int, folder: str, port: int, counts: list[int]) -> None:
    os.environ.update(
        {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "RANK": str(rank)}
        | {"LOCAL_RANK": str(rank), "NODE_RANK": "0", "GROUP_RANK": "0", "LOCAL_WORLD_SIZE": "2"}
        | {"TORCHELASTIC_RUN_ID": "test"}  # as torchrun says that it started the processes
    )
    torch.set_num_threads(1)
    for n in counts:
        seen, made, n_done = figures(Path(folder, str(n)), n, N_RANKS, BATCH_SIZE)
        torch.save({"seen": seen, "steps": n_done, "made": made}, Path(folder, f"{n}.{rank}.pt"))
    if distributed.is_initialized():
        distributed.destroy_process_group()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_any_number_of_steps_ends_and_every_sample_is_seen_once(tmp_path: Path) -> None:
    counts = list(range(1, 41))
    spawn(_rank, (str(tmp_path), free_port(), counts), nprocs=N_RANKS)
    for n in counts:
        told = [torch.load(tmp_path / f"{n}.{rank}.pt", weights_only=True) for rank in range(N_RANKS)]
        assert [one["steps"] for one in told] == [n, n]
        seen = [origin for one in told for origin in one["seen"]]
        assert sorted(seen) == sorted(f"hylian:train:0:{i}" for i in range(n * BATCH_SIZE * N_RANKS)), n
        assert told[0]["made"]["steps"] == n
        assert told[0]["made"]["val_cer"] == told[1]["made"]["val_cer"], "both know the figure of all"


def test_two_processes_learn_as_much_as_one_with_the_batches_of_both(tmp_path: Path) -> None:
    n = 240
    spawn(_rank, (str(tmp_path / "two"), free_port(), [n]), nprocs=N_RANKS)
    torch.set_num_threads(1)
    figures(tmp_path / "one", n, 1, BATCH_SIZE * N_RANKS)
    losses = {}
    for name, folder in (("one", tmp_path / "one"), ("two", tmp_path / f"two/{n}")):
        rows = [line.split(",") for line in (folder / "adapt/metrics.csv").read_text().splitlines()]
        place = rows[0].index("val/loss")
        losses[name] = [float(row[place]) for row in rows[1:] if row[place]]
    drop = losses["one"][0] - losses["one"][-1]
    assert drop > 0.1, "it learns"
    assert abs(losses["one"][-1] - losses["two"][-1]) < 0.05 * drop, losses
