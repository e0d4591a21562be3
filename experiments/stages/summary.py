"""Summary: the layers of a network, what they put out, how many parameters they have."""

from __future__ import annotations

import torch
from pytorch_lightning.utilities.model_summary.model_summary import ModelSummary

from experiments.job import Run
from recognizers.image.preprocess import Preprocess
from recognizers.network import Network
from recognizers.training import LitRecognizer


def summary(recognizer: Network, run: Run) -> Network:
    """Print the table for one example picture, and leave it in the run folder as summary/summary.txt."""
    own, preprocess = run.stage("summary"), recognizer.preprocess
    height = preprocess.height_px if isinstance(preprocess, Preprocess) else own["width_px"]
    width = height if recognizer.unit == "glyph" else own["width_px"]
    model = LitRecognizer(recognizer, 1.0, 0.0, 1)
    n_channels = 3 if recognizer.unit == "page" else 1
    model.example_input_array = (
        torch.zeros(1, n_channels, height, width),
        torch.tensor([width]),
    )
    was_training = recognizer.training
    recognizer.eval()
    table = ModelSummary(model, max_depth=own["depth"])
    recognizer.train(was_training)
    n = sum(p.numel() for p in recognizer.parameters())
    text = (
        f"{recognizer.architecture}, script {recognizer.script.name!r}, for a picture of {height}x{width} px\n{table}"
    )
    (run.stage_folder("summary") / "summary.txt").write_text(text + "\n", encoding="utf-8")
    print(text)
    run.results["summary"] = {"parameters": n, "layers": dict(zip(table.layer_names, table.param_nums, strict=True))}
    return recognizer
