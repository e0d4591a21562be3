import numpy as np
import pytest
import torch

from glyphgen.sample import LabelledLine
from glyphgen.shapes.pen import Drawing
from recognizers.bundle import build, load_finder
from recognizers.finder import CELL_PX, OTHER, SCRIPT, PagePreprocess, lines_of
from recognizers.geometry import overlap
from recognizers.network import Batch
from recognizers.networks.lines import (
    IGNORED,
    NOT_SCRIPT,
    LineFinder,
    make_targets,
)
from tests.conftest import clean_picture


def page_line(x: float, y: float, length: float, high: float, slope: float = 0.0, **extra: bool) -> LabelledLine:
    top = np.stack([np.linspace(x, x + length, 13), y + slope * np.linspace(0, length, 13)], axis=1)
    return LabelledLine("", top, top + np.array([0, high]), **extra)


@pytest.mark.parametrize("slope", [0.0, 0.2, -0.3])
def test_targets_turn_back_into_their_lines(slope: float) -> None:
    lines = [
        page_line(40, 120, 180, 24, slope),
        page_line(40, 160, 120, 24, slope),
        page_line(60, 260, 90, 14, is_script=False),
    ]
    kind, up, down = make_targets(lines, 320, 320)
    assert set(np.unique(kind)) == {0, SCRIPT, OTHER}
    maps = np.stack([kind == 0, kind == SCRIPT, kind == OTHER, up, down]).astype(np.float32)
    found = lines_of(maps, 8, 46)
    assert len(found) == 3
    for line in lines:
        best = max(found, key=lambda one: overlap(one.quad, line.quad)[0])
        assert overlap(best.quad, line.quad)[0] > 0.75
        assert (best.script_share > 0.5) == line.is_script


def test_what_nobody_can_read_is_not_learned_and_what_is_too_large_is_nothing() -> None:
    kind = make_targets([page_line(40, 40, 200, 30, is_legible=False)], 320, 320)[0]
    assert (kind[56 // CELL_PX, 20:50] == IGNORED).all()
    assert not make_targets([page_line(20, 20, 280, 120)], 320, 320).any()


def test_a_small_network_learns_a_page(hylian: Drawing) -> None:
    torch.manual_seed(0)
    finder = build("lines", hylian.script, PagePreprocess(), {"channels": [4, 8, 8, 8, 8], "n_features": 8})
    page = np.pad(clean_picture(hylian, ["LINK"], cap_px=28), ((20, 200), (20, 200), (0, 0)), constant_values=255)[
        :160, :160
    ]
    image = torch.from_numpy((page.astype(np.float32) - 200).transpose(2, 0, 1) / 60)[None]
    targets = torch.from_numpy(make_targets([page_line(34, 34, 100, 28)], 160, 160))[None]
    batch = Batch(image, torch.tensor([160]), [""], [""], targets)
    optimizer = torch.optim.Adam(finder.parameters(), 0.02)
    first = None
    for _ in range(60):
        loss = finder.loss(finder(image, batch.widths), batch)
        first = first or float(loss.detach())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.3 * first
    wrong, total = finder.eval().errors(finder(image, batch.widths), batch)
    assert wrong < 0.5 * total


def test_the_released_finder_finds_lines_whatever_their_size_and_order(hylian: Drawing) -> None:
    finder = load_finder("lines_hylian")
    for cap_px in (14, 40, 150):
        found = finder.find(clean_picture(hylian, ["HYRULE", "CASTLE"], cap_px=cap_px))
        assert len(found) == 2
        assert found[0].quad[:, 1].mean() < found[1].quad[:, 1].mean()
        assert all(abs(line.height_px / cap_px - 1) < 0.25 and line.script_share > 0.5 for line in found)


def test_nothing_is_found_in_nothing() -> None:
    finder = load_finder("lines_hylian")
    assert finder.find(np.full((200, 300, 3), 128, np.uint8)) == []
    assert isinstance(finder, LineFinder)
    assert not finder.training


def test_where_a_picture_may_hold_more_writing_only_the_script_is_wrong(hylian: Drawing) -> None:
    """What lies in no line may then be none or other writing: either costs nothing, the script does."""
    kind = make_targets([page_line(40, 40, 200, 30)], 320, 320, has_more_writing=True)[0]
    assert set(np.unique(kind)) == {SCRIPT, NOT_SCRIPT}
    finder = build("lines", hylian.script, PagePreprocess(), {"channels": [4, 8, 8, 8, 8], "n_features": 8})
    targets = torch.from_numpy(make_targets([], 32, 32, has_more_writing=True))[None]
    batch = Batch(torch.zeros(1, 3, 32, 32), torch.tensor([32]), [""], [""], targets)
    losses = []
    for k in (0, SCRIPT, OTHER):
        outputs = torch.zeros(1, 5, 8, 8)
        outputs[:, k] = 20.0
        losses.append(float(finder.loss(outputs, batch)))
    assert losses[0] == pytest.approx(losses[2], abs=0.3)
    assert losses[1] > losses[0] + 10


@pytest.mark.parametrize(
    ("height", "width", "first"),
    [
        (200, 400, [2, 0.8, 0.32]),
        (396, 706, [2, 1, 0.4]),
        (720, 1280, [1.545, 1, 0.4]),
        (1080, 1920, [1, 0.4]),
        (2160, 3840, [0.515, 0.206]),
    ],
)
def test_small_pictures_are_enlarged_as_far_as_the_budget_allows(height: int, width: int, first: list[float]) -> None:
    scales = PagePreprocess().scales(height, width)
    assert scales[: len(first)] == pytest.approx(first, abs=0.01)
    assert all(scale * height * scale * width <= 2.21e6 for scale in scales)
    assert scales[-1] * min(height, width) <= 46
