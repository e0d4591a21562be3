"""What is written is read by those for whom it is: the packages themselves where they can be had, else a reader made
after their documents.
"""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as XML

import cv2
import numpy as np
import pytest

from glyphgen.__main__ import main
from glyphgen.datasets.folder import FolderSet, PageFolder
from glyphgen.files import DataError
from glyphgen.formats.catalog import FORMATS, check_format, write_set
from glyphgen.formats.format import SetFacts
from glyphgen.images import load_picture
from glyphgen.sample import LabelledLine, PageSample, Sample

LINE = np.array([[2.0, 3], [38, 3], [38, 15], [2, 15]])


def lines(n: int = 5, with_masks: bool = False) -> list[Sample]:
    """Lines of "A B" of different widths, whose boxes are 2 to 18 and 22 to 38 px from the left."""
    rng = np.random.default_rng(0)
    made = []
    for i in range(n):
        image = rng.integers(0, 255, (20, 40 + i, 3), dtype=np.uint8)
        boxes = np.array([[2.0, 3, 18, 15], [22, 3, 38, 15]])
        quads = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(2, 4, 2)
        sample = Sample(image, "A B", boxes, f"toy:{i}", "a b", quads, LINE)
        if with_masks:
            ink, glyph_map = np.zeros((20, 40 + i), np.uint8), np.zeros((20, 40 + i), np.uint16)
            ink[3:15, 2:18], glyph_map[3:15, 2:18] = 200, 1
            ink[3:15, 22:38], glyph_map[3:15, 22:38] = 100, 2
            sample = Sample(image, "A B", boxes, f"toy:{i}", "a b", quads, LINE, ink, glyph_map)
        made.append(sample)
    return made


def pages(n: int = 3) -> list[PageSample]:
    """Pages of 80x60 with a line that is curved, one that cannot be read, and one of other writing."""
    image = np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    top = np.array([[10.0, 10], [30, 8], [50, 10]])
    found = LabelledLine("AB A", top, top + np.array([0, 9]), letters="ab a", script="toy")
    faint = LabelledLine("B", top + np.array([0, 20]), top + np.array([0, 29]), is_legible=False)
    other = LabelledLine("", top + np.array([0, 35]), top + np.array([0, 44]), is_script=False)
    return [PageSample(image, (found, faint, other), f"page:{i}") for i in range(n)]


def written(tmp_path: Path, name: str, unit: str = "line", with_masks: bool = False, split: str = "train") -> Path:
    facts = SetFacts(split, unit, "toy", ("A", "B", " "))
    samples = pages() if unit == "page" else lines(with_masks=with_masks)
    assert write_set(samples, tmp_path / "set", name, facts) == len(samples)
    assert not list((tmp_path / "set").glob("unfinished*"))
    return tmp_path / "set"


def test_our_own_reader_takes_the_folder(tmp_path: Path) -> None:
    back = FolderSet(written(tmp_path, "folder", with_masks=True))
    for ours, theirs in zip(lines(), back, strict=True):
        assert np.array_equal(ours.image, theirs.image)
        assert ours.text == theirs.text
        assert np.array_equal(ours.boxes, theirs.boxes)
    rows = [json.loads(line) for line in (tmp_path / "set/labels.jsonl").read_text().splitlines()]
    assert rows[0]["letters"] == "a b"
    assert rows[0]["line"] == LINE.tolist()
    assert np.array(rows[0]["quads"]).shape == (2, 4, 2)
    ink = cv2.imread(str(tmp_path / "set/ink/000004.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(ink, lines(with_masks=True)[4].ink)
    glyph_map = cv2.imread(str(tmp_path / "set/glyphs/000004.png"), cv2.IMREAD_UNCHANGED)
    assert glyph_map.dtype == np.uint16
    assert np.array_equal(glyph_map, lines(with_masks=True)[4].glyph_map)


def test_our_own_reader_takes_a_folder_of_pages(tmp_path: Path) -> None:
    back = PageFolder(written(tmp_path, "folder", "page"))
    assert len(back) == 3
    assert [line.text for line in back[0].lines] == ["AB A"]
    assert back[0].lines[0].quad.tolist() == pages()[0].lines[0].quad.tolist()


def test_lmdb_is_read_by_the_keys_of_the_field(tmp_path: Path) -> None:
    import lmdb

    with lmdb.open(str(written(tmp_path, "lmdb")), readonly=True, lock=False) as env, env.begin() as transaction:
        assert transaction.get(b"num-samples") == b"5"
        for n, sample in enumerate(lines(), start=1):
            assert transaction.get(b"label-%09d" % n).decode() == sample.text
            assert np.array_equal(load_picture(transaction.get(b"image-%09d" % n)), sample.image)
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["data.mdb"]


@pytest.mark.parametrize(("split", "theirs"), [("train", "train"), ("val", "validation"), ("test", "test")])
def test_datasets_of_hugging_face_takes_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str, theirs: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    root = written(tmp_path, "parquet", split=split)
    (root / "sheet.png").write_bytes(b"beside it, as in a set")
    loaded = datasets.load_dataset(str(root), split=theirs, cache_dir=str(tmp_path / "cache"))
    assert len(loaded) == 5
    for ours, row in zip(lines(), loaded, strict=True):
        assert np.array_equal(np.asarray(row["image"]), ours.image)
        assert (row["text"], row["letters"]) == ("A B", "a b")
        assert row["boxes"] == ours.boxes.tolist()
        assert row["quads"] == ours.quads.tolist()
        assert row["line"] == LINE.tolist()


def test_datasets_finds_all_splits_of_a_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    words = ["--count", "5", "--val", "3", "--test", "2", "--n-faces", "1", "--format", "parquet", "--per-file", "2"]
    assert main(["render", *words, "--out", str(tmp_path / "set")]) == 0
    loaded = datasets.load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(part) for name, part in loaded.items()} == {"train": 5, "validation": 3, "test": 2}
    assert all(text for part in loaded.values() for text in part["text"])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves files to be closed
def test_webdataset_takes_its_shards(tmp_path: Path) -> None:
    import webdataset

    root = written(tmp_path, "webdataset", with_masks=True)
    found = list(webdataset.WebDataset(str(root / "train-000000.tar"), shardshuffle=False).decode("rgb8"))
    assert [one["__key__"] for one in found] == [f"{n:06d}" for n in range(5)]
    for ours, theirs in zip(lines(with_masks=True), found, strict=True):
        assert np.array_equal(theirs["png"], ours.image)
        assert theirs["txt"] == "A B"
        assert theirs["json"]["boxes"] == ours.boxes.tolist()
    with tarfile.open(root / "train-000000.tar") as tar:
        data = tar.extractfile("000002.glyphs.png")
        assert data is not None
        glyph_map = cv2.imdecode(np.frombuffer(data.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(glyph_map, lines(with_masks=True)[2].glyph_map)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # its masks with NumPy 2
def test_pycocotools_takes_pages_and_glyphs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pycocotools.coco import COCO as coco

    found = coco(str(written(tmp_path / "pages", "coco", "page") / "annotations.json"))
    assert len(found.getImgIds()) == 3
    first = found.loadAnns(found.getAnnIds(imgIds=[1]))
    assert [one["utf8_string"] for one in first] == ["AB A", "B", ""]
    assert [one["legibility"] for one in first] == ["legible", "illegible", "legible"]
    assert [found.loadCats(one["category_id"])[0]["name"] for one in first] == ["text", "text", "other writing"]
    mask = found.annToMask(first[0])
    assert mask.shape == (60, 80)
    assert abs(mask.sum() - first[0]["area"]) < 0.15 * first[0]["area"]
    assert first[0]["bbox"] == [10, 8, 40, 11]
    glyphs = coco(str(written(tmp_path / "lines", "coco") / "annotations.json"))
    names = [glyphs.loadCats(one["category_id"])[0]["name"] for one in glyphs.loadAnns(glyphs.getAnnIds(imgIds=[5]))]
    assert names == ["A", "B"]


def test_paddleocr_finds_its_lists(tmp_path: Path) -> None:
    """As ppocr/data/simple_dataset.py reads them: a file below the folder, a tab, and the label."""
    root = written(tmp_path / "lines", "paddleocr")
    for ours, row in zip(lines(), (root / "rec_gt.txt").read_text("utf-8").splitlines(), strict=True):
        name, label = row.split("\t")
        assert label == "A B"
        assert np.array_equal(load_picture(root / name), ours.image)
    assert (root / "dict.txt").read_text("utf-8").split("\n") == ["A", "B", ""]
    root = written(tmp_path / "pages", "paddleocr", "page")
    name, label = (root / "det_gt.txt").read_text("utf-8").splitlines()[0].split("\t")
    assert (root / name).is_file()
    assert [one["transcription"] for one in json.loads(label)] == ["AB A", "###", "###"]
    assert json.loads(label)[0]["points"] == [[10, 10], [50, 10], [50, 19], [10, 19]]


def test_box_files_count_from_below_and_end_each_line_with_a_tab(tmp_path: Path) -> None:
    root = written(tmp_path, "tesseract")
    assert (root / "000003.gt.txt").read_text() == "A B\n"
    rows = (root / "000003.box").read_text().splitlines()
    assert rows == ["A 2 5 18 17 0", "  18 5 22 17 0", "B 22 5 38 17 0", "\t 38 5 39 6 0"]


def test_page_xml_has_lines_with_baselines_inside_the_picture(tmp_path: Path) -> None:
    space = {"p": "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"}
    for unit, texts, baseline in (("line", ["A B"], "2,15 38,15"), ("page", ["AB A"], "10,19 30,17 50,19")):
        root = written(tmp_path / unit, "kraken", unit)
        page = XML.parse(root / "000000.xml").getroot().find("p:Page", space)
        assert page is not None
        assert (root / page.attrib["imageFilename"]).is_file()
        found = page.findall(".//p:TextLine", space)
        assert [line.findtext("p:TextEquiv/p:Unicode", namespaces=space) for line in found] == texts
        points = found[0].find("p:Baseline", space)
        assert points is not None
        assert points.attrib["points"] == baseline
        outline = page.findall(".//p:Coords", space)
        numbers = [tuple(map(int, one.split(","))) for element in outline for one in element.attrib["points"].split()]
        assert all(0 <= x < int(page.attrib["imageWidth"]) for x, _ in numbers)
        assert all(0 <= y < int(page.attrib["imageHeight"]) for _, y in numbers)


def test_outlines_for_kraken_hold_what_is_below_the_baseline(tmp_path: Path) -> None:
    sample = lines(1)[0]
    low = sample.quads.copy()
    low[1, 2:, 1] = 19  # a letter with a tail
    facts = SetFacts("train", "line", "toy", ("A", "B", " "))
    write_set([Sample(sample.image, "A B", sample.boxes, quads=low, line=LINE)], tmp_path / "set", "kraken", facts)
    space = {"p": "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"}
    line = XML.parse(tmp_path / "set/000000.xml").getroot().find(".//p:TextLine", space)
    assert line is not None
    outline, baseline = (line.find(f"p:{name}", space) for name in ("Coords", "Baseline"))
    assert outline is not None
    assert baseline is not None
    assert {"22,19", "38,19", "2,15"} <= set(outline.attrib["points"].split(" "))
    assert baseline.attrib["points"] == "2,15 38,15"


def test_pages_without_lines_are_no_samples_of_doctr(tmp_path: Path) -> None:
    empty = PageSample(np.zeros((60, 80, 3), np.uint8), (), "page:none")
    outside = LabelledLine("A", np.array([[-9.0, 10], [30, 8]]), np.array([[-9.0, 20], [30, 18]]))
    part = PageSample(empty.image, (outside,), "page:part")
    facts = SetFacts("train", "page", "toy", ("A",))
    write_set([empty, part], tmp_path / "set", "doctr", facts)
    labels = json.loads((tmp_path / "set/labels.json").read_text("utf-8"))
    assert list(labels) == ["000001.png"]
    assert labels["000001.png"]["polygons"] == [[[0, 10], [30, 8], [30, 18], [0, 20]]]


def test_a_table_of_others_beside_the_labels_is_no_fault(tmp_path: Path) -> None:
    root = written(tmp_path, "folder")
    (root / "labels.jsonl").write_text('{"name": "000000.png"}\n{"file_name": "000001.png", "x": "\u2028"}\n\n')
    assert len(FolderSet(root)[0].boxes) == 0


def test_shards_in_one_folder_have_names_of_their_own(tmp_path: Path) -> None:
    facts = SetFacts("train", "line", "toy", ("A", "B", " "))
    names = []
    for name in ("folder", "parquet", "webdataset"):
        for first in (0, 5):
            write_set(lines(), tmp_path / f"{name}{first}", name, facts, first)
            there = (path.name for path in (tmp_path / f"{name}{first}").iterdir())
            names += [(name, one) for one in there if "labels" not in one]
    assert len(set(names)) == len(names) == 10 + 2 + 2


def test_doctr_finds_texts_and_outlines(tmp_path: Path) -> None:
    import hashlib

    root = written(tmp_path / "lines", "doctr")
    labels = json.loads((root / "labels.json").read_text("utf-8"))
    assert labels == {f"{n:06d}.png": "A B" for n in range(5)}
    root = written(tmp_path / "pages", "doctr", "page")
    label = json.loads((root / "labels.json").read_text("utf-8"))["000001.png"]
    assert label["img_dimensions"] == [60, 80]
    assert label["img_hash"] == hashlib.sha256((root / "images/000001.png").read_bytes()).hexdigest()
    assert label["polygons"] == [pages()[0].lines[0].quad.tolist()]


@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if "page" in form.units])
def test_every_format_of_pages_keeps_the_script_of_each_line(tmp_path: Path, name: str) -> None:
    first = pages(1)[0]
    others = [replace(line, is_legible=True, script=f"toy{k}", text="A") for k, line in enumerate(first.lines[:2])]
    facts = SetFacts("train", "page", "toy0", ("A", "B", " "), ("toy0", "toy1"))
    write_set([replace(first, lines=tuple(others))], tmp_path / "set", name, facts)
    if name == "folder":
        found = [line.script for line in PageFolder(tmp_path / "set")[0].lines]
    elif name == "paddleocr":
        listed = json.loads((tmp_path / "set/det_gt.txt").read_text(encoding="utf-8").split("\t")[1])
        found = [line["language"] for line in listed]
    elif name == "kraken":
        xml = XML.fromstring((tmp_path / "set/000000.xml").read_bytes())
        custom = [line.get("custom") or "" for line in xml.iter() if line.tag.endswith("TextLine")]
        found = [text.removeprefix("script {name:").removesuffix(";}") for text in custom]
    elif name == "doctr":
        (label,) = json.loads((tmp_path / "set/labels.json").read_text(encoding="utf-8")).values()
        found = list(label["polygons"])
        assert all(np.array(quads).shape == (1, 4, 2) for quads in label["polygons"].values())
    else:
        table = json.loads((tmp_path / "set/annotations.json").read_text(encoding="utf-8"))
        found = [one["language"] for one in table["annotations"]]
    assert found == ["toy0", "toy1"]


@pytest.mark.parametrize("name", list(FORMATS))
def test_what_is_stored_is_found_again_and_the_same_samples_make_the_same_bytes(tmp_path: Path, name: str) -> None:
    facts = SetFacts("train", "line", "toy", ("A", "B", " "))
    for k in ("one", "two"):
        write_set(lines(), tmp_path / k, name, facts)
    files = [
        {path.relative_to(tmp_path / k): path.read_bytes() for path in (tmp_path / k).rglob("*") if path.is_file()}
        for k in ("one", "two")
    ]
    assert files[0] == files[1]
    for n, sample in enumerate(lines()):
        assert np.array_equal(
            load_picture(io.BytesIO(FORMATS[name].stored(tmp_path / "one", n, 0, facts)).read()), sample.image
        )


def test_a_format_says_what_it_cannot_hold() -> None:
    with pytest.raises(DataError, match="lmdb holds no pages; those that do are folder, paddleocr"):
        check_format("lmdb", "page")
    with pytest.raises(DataError, match="coco holds no masks; those that do are folder, webdataset"):
        check_format("coco", "line", with_masks=True)
    with pytest.raises(DataError, match="kraken holds no lines of the direction ttb; it holds ltr, rtl"):
        check_format("kraken", "line", direction="ttb")
    with pytest.raises(DataError, match=r"no such format: 'lmbd'.*did you mean lmdb"):
        check_format("lmbd", "line")
