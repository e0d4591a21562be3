"""Lines whose letters join, change and carry marks: the truth of other lines, by clusters, in the order of reading."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from glyphgen.__main__ import main
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.shaped import ShapedFace, ShapedSource
from glyphgen.files import DataError
from glyphgen.formats.catalog import write_set
from glyphgen.formats.format import SetFacts
from glyphgen.jobs.chunks import render_set
from glyphgen.jobs.plan import Plan
from glyphgen.render.layout import Spacing
from glyphgen.render.shaped import lay_out_shaped
from glyphgen.shapes.font_file import FontError
from glyphgen.texts.own import WholeTexts
from tests.glyphgen.datasets.test_synthetic import ink_in_quads
from tests.shaped_fonts import ARABIC, DASH, build_shaped_font

BEH, ALEF, LAM = ARABIC
# texts are composed; the font has the mark and its letter only
WORDS = [BEH * 2 + LAM + ALEF, BEH * 3, f"{LAM}{ALEF} {BEH * 2}", f"{BEH} AV {BEH * 2}", f"{ALEF}{BEH * 4}"]
TEXTS = [*WORDS, "afi AVAV", "\u00e1fi", "fi \u00e1 VA", *(f"{BEH * n} {LAM}{ALEF}" for n in range(5, 40))]


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return build_shaped_font(tmp_path / "shaped.ttf")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    return path


def lines(font: Path, texts: Path, augment: str = "screenshot", direction: str = "ltr", n: int = 60) -> LineSynth:
    source = ShapedSource([font], TEXTS)
    corpus = WholeTexts(texts, source.script, 48)
    return LineSynth(source, corpus, augment, 3, "train", n, 6, with_masks=True, direction=direction)


def face(font: Path) -> ShapedFace:
    (made,) = ShapedSource([font], TEXTS).faces(1, np.random.default_rng(0))
    assert isinstance(made, ShapedFace)
    return made


@pytest.mark.parametrize("augment", ["none", "screenshot"])
@pytest.mark.parametrize("direction", ["ltr", "ttb", "turned"])
def test_every_cluster_has_its_ink_in_its_quad(font: Path, texts: Path, augment: str, direction: str) -> None:
    for sample in lines(font, texts, augment, direction):
        assert "".join(sample.units) == sample.text.replace(" ", "")
        assert len(sample.units) == len(sample.quads) == len(sample.boxes)
        assert min(ink_in_quads(sample)) >= 0.98, (sample.origin, sample.text)
        height, width = sample.image.shape[:2]
        # quads have the half pixel more that warping spreads ink by, on a canvas that may be enlarged
        assert sample.quads.min() > -1, "ink is cut off"
        assert (sample.quads.max(axis=(0, 1)) < [width + 1, height + 1]).all(), "ink is cut off"


def test_boxes_are_in_the_order_in_which_one_reads(font: Path, texts: Path) -> None:
    for sample in lines(font, texts, "none"):
        across = sample.quads.mean(axis=1)[:, 0]
        if sample.text[0] in ARABIC and "A" not in sample.text:
            assert (np.diff(across) < 0).all(), sample.text
        if sample.text[0] in "afAV":
            assert (np.diff(across) > 0).all(), sample.text
    for sample in lines(font, texts, "none", "ttb"):
        assert (np.diff(sample.quads.mean(axis=1)[:, 1]) > 0).all(), sample.text


@pytest.mark.parametrize("spacing", [Spacing(), Spacing(tracking=0.4, jitter=0.2, wave=0.2)])
def test_letters_that_join_show_no_seam_and_stay_joined(font: Path, spacing: Spacing) -> None:
    line = lay_out_shaped(BEH * 5, face(font), 1, spacing, np.random.default_rng(0))
    x0, x1 = int(line.boxes[:, 0].min()), int(line.boxes[:, 2].max())
    row = line.coverage[int(line.extent[3]) - 3, x0 + 2 : x1 - 2]  # a few px above the baseline
    assert row.min() == 255


def test_letters_that_stand_apart_move_apart(font: Path) -> None:
    rng = np.random.default_rng
    near = lay_out_shaped("AVA", face(font), 1, Spacing(), rng(0))
    far = lay_out_shaped("AVA", face(font), 1, Spacing(tracking=0.4), rng(0))
    gaps = [[b[0] - a[2] for a, b in pairwise(line.boxes)] for line in (near, far)]
    assert np.subtract(gaps[1], gaps[0]) == pytest.approx(0.4 * LEVELS_PX[1], abs=1.5)


def test_neighbors_are_drawn_and_have_no_box(font: Path) -> None:
    beside = {"above": "AVA", "below": BEH * 3, "before": "A", "after": BEH}
    alone, among = (
        lay_out_shaped("afi", face(font), 1, Spacing(), np.random.default_rng(0), with_marks=True, **given)
        for given in ({}, beside)
    )
    assert among.ink is not None
    assert alone.ink is not None
    assert len(among.boxes) == len(alone.boxes) == 2
    assert (among.ink > 0).sum() == (alone.ink > 0).sum()
    assert (among.coverage > 0).sum() > 2 * (alone.coverage > 0).sum()


def test_nothing_runs_across_a_column(font: Path) -> None:
    beside = {"above": "AVA", "below": BEH * 3, "before": "A", "after": BEH}
    line = lay_out_shaped(
        "afi", face(font), 1, Spacing(), np.random.default_rng(0), **beside, with_marks=True, is_column=True
    )
    assert line.ink is not None
    assert ((line.coverage > 0) == (line.ink > 0)).mean() > 0.999
    assert (line.coverage > 0).sum() == pytest.approx((line.ink > 0).sum(), rel=0.02)


def test_what_comes_before_the_first_ink_belongs_to_it(font: Path) -> None:
    line = lay_out_shaped("\u200dAV", face(font), 1, Spacing(), np.random.default_rng(0))
    assert "".join(line.units) == "\u200dAV"
    assert len(line.units) == len(line.boxes) == 2


def test_faces_keep_a_bounded_number_of_outlines(font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glyphgen.faces.shaped._MOST_STYLED", 3)
    one = face(font)
    for text in ("AVA", "afi", BEH * 3, "fiV"):
        one.clusters(text)
        assert len(one._kept) <= 3


def test_the_plain_face_is_the_font_as_it_is_and_others_differ(font: Path) -> None:
    made = ShapedSource([font], TEXTS).faces(4, np.random.default_rng(1))
    shown = [
        lay_out_shaped("afi", one, 1, Spacing(), np.random.default_rng(0)).coverage  # type: ignore[arg-type]
        for one in made
    ]
    assert len({picture.tobytes() for picture in shown}) == 4
    height = made[0].cap_em  # type: ignore[attr-defined]
    assert 0.3 < height < 0.8


def test_texts_that_no_font_draws_are_named(tmp_path: Path) -> None:
    some = build_shaped_font(tmp_path / "some.ttf", without="V")
    with pytest.raises(FontError, match=r"my.txt:2: no font draws all of 'AV', and of 1 more texts; .*V \(U\+0056\)"):
        ShapedSource([some], ["A", "AV", "VV"], places=["my.txt:1", "my.txt:2", "my.txt:3"])
    whole = build_shaped_font(tmp_path / "whole.ttf")
    source = ShapedSource([some, whole], ["A", "AV"])
    path = tmp_path / "two.txt"
    path.write_text("\n".join(["AV" * n + "A" for n in range(1, 30)]), encoding="utf-8")
    samples = LineSynth(source, WholeTexts(path, source.script, 64), "none", 0, "train", 12, 2)
    assert all("V" in sample.text for sample in samples)  # by the font that has it, never less of the text
    for split in ("train", "val"):  # also where fewer faces are asked for than there are fonts
        samples = LineSynth(source, WholeTexts(path, source.script, 64), "none", 0, split, 12, 1)
        assert all("V" in sample.text for sample in samples)


def settings(font: Path, texts: Path, **more: object) -> Plan:
    counts = {"train": 6, "val": 3, "test": 0}
    given: dict[str, object] = {"script": "", "fonts": (str(font),), "texts": str(texts), "shape": True, "n_faces": 2}
    return Plan(counts, **{"max_graphemes": 48, **given, **more})  # type: ignore[arg-type]


def test_what_cannot_be_is_refused(font: Path, texts: Path) -> None:
    refused: list[tuple[dict[str, object], str]] = [
        ({"fonts": ()}, "give --texts and --font"),
        ({"unit": "page"}, "give --texts and --font"),
        ({"script": "hylian"}, "leave out --script"),
        ({"direction": "rtl"}, "the direction of their script"),
        ({"format": "tesseract"}, "none for clusters; choose one of folder"),
    ]
    for changed, said in refused:
        with pytest.raises(DataError, match=said):
            settings(font, texts, **changed)


def test_letters_that_join_across_make_no_column(font: Path, texts: Path) -> None:
    with pytest.raises(DataError, match=r"U\+06\d\d.*--direction turned"):
        settings(font, texts, direction="ttb").samples("train")


def test_splits_have_one_list_of_categories(font: Path, texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert render_set(settings(font, texts, format="coco").with_inputs(), out)
    lists = [json.loads((out / name / "annotations.json").read_text(encoding="utf-8")) for name in ("train", "val")]
    assert lists[0]["categories"] == lists[1]["categories"]


def test_without_splits_every_text_is_drawn(font: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.txt"
    few.write_text("\n".join(f"A{'V' * n}" for n in range(1, 25)), encoding="utf-8")
    counts = {"train": 400, "val": 0, "test": 0}
    plan = Plan(counts, script="", fonts=(str(font),), texts=str(few), shape=True, n_faces=1, augment="none")
    assert len({sample.text for sample in plan.samples("train")}) == 24


def test_a_split_without_texts_is_told_before_anything_is_drawn(font: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.txt"
    few.write_text("AV\nAVA\n", encoding="utf-8")
    told: list[int] = []
    with pytest.raises(DataError, match="of 2 texts none is for val, which gets one of twenty"):
        render_set(settings(font, few).with_inputs(), tmp_path / "set", tell=lambda n, _: told.append(n))
    assert not told
    assert not list(tmp_path.glob("set*"))


def test_scripts_that_need_it_are_refused_without(font: Path, tmp_path: Path) -> None:
    script = tmp_path / "arabic.toml"
    script.write_text(f'name = "arabic"\nletters = "{BEH}{ALEF}"\n', encoding="utf-8")
    plan = Plan({"train": 2, "val": 0, "test": 0}, script=str(script), fonts=(str(font),), n_faces=1)
    with pytest.raises(DataError, match=r"U\+0628.*give --shape and --texts"):
        plan.samples("train")


def test_the_command_writes_verifies_and_makes_the_same_again(
    font: Path, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["render", "--shape", "--font", str(font), "--texts", str(texts), "--max-graphemes", "48"]
    asked += ["--count", "8", "--n-faces", "2", "--seed", "5"]
    assert main([*asked, "--out", str(tmp_path / "one")]) == 0
    assert main([*asked, "--out", str(tmp_path / "two"), "--workers", "2", "--per-file", "3"]) == 0
    assert main(["verify", str(tmp_path / "one")]) == 0
    assert "8 pictures made again are the same" in capsys.readouterr().out
    for name in [f"{k:06d}.png" for k in range(8)] + ["labels.jsonl"]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    rows = [json.loads(row) for row in (tmp_path / "one" / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    known = set(TEXTS)
    assert all(row["text"] in known and "".join(row["units"]) == row["text"].replace(" ", "") for row in rows)


def test_formats_hold_clusters(font: Path, texts: Path, tmp_path: Path) -> None:
    synth = lines(font, texts, "none")
    samples, source = list(synth), synth.source
    assert isinstance(source, ShapedSource)
    alphabet = tuple(sorted(set("".join(TEXTS))))
    facts = SetFacts("train", "line", "texts", alphabet, clusters=source.units)
    write_set(samples, tmp_path / "coco", "coco", facts)
    coco = json.loads((tmp_path / "coco" / "annotations.json").read_text(encoding="utf-8"))
    names = {one["id"]: one["name"] for one in coco["categories"]}
    said = [names[one["category_id"]] for one in coco["annotations"]]
    assert said == [unit for sample in samples for unit in sample.units]
    assert LAM + ALEF in said
    assert list(names.values()) == list(source.units)
    pyarrow = pytest.importorskip("pyarrow.parquet")
    write_set(samples, tmp_path / "parquet", "parquet", facts)
    (file,) = (tmp_path / "parquet").glob("*.parquet")
    assert pyarrow.read_table(file)["units"].to_pylist() == [list(sample.units) for sample in samples]


def test_a_column_uses_the_forms_for_columns(font: Path, tmp_path: Path) -> None:
    (made,) = ShapedSource([font], [f"A{DASH}"]).faces(1, np.random.default_rng(0))
    assert isinstance(made, ShapedFace)
    line = lay_out_shaped(f"A{DASH}", made, 1, Spacing(), np.random.default_rng(0), is_column=True)
    width, height = (line.boxes[1, 2:] - line.boxes[1, :2]).tolist()
    assert height > 4 * width
    assert line.units == ("A", DASH)
