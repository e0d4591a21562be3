"""From settings to samples: any synth, stored set or folder that conf/data describes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from experiments.job import SettingError, is_count
from glyphgen.datasets.augmented import make_deformation
from glyphgen.datasets.captcha import CaptchaSynth
from glyphgen.datasets.catalog import locate, open_sets
from glyphgen.datasets.folder import FolderSet
from glyphgen.datasets.font_glyphs import installed_glyphs, listing
from glyphgen.datasets.glyph_images import StoredGlyphs
from glyphgen.datasets.labelled_images import Stored
from glyphgen.datasets.line_images import StoredLines
from glyphgen.datasets.many_glyphs import ManyGlyphs, Part
from glyphgen.datasets.mixed import Mixed
from glyphgen.datasets.mnist import MnistGlyphs, mnist_source
from glyphgen.datasets.omniglot import is_measured, read_background
from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import GlyphSynth, LineSynth
from glyphgen.faces.face import GlyphSource
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.faces.many_alphabets import ManySource
from glyphgen.faces.sources import DrawnSource, FontSource
from glyphgen.faces.traced import GlyphFolder, TracedSource, glyph_folder_for, read_glyph_folder
from glyphgen.files import DataError, written
from glyphgen.render.augmentation import Augmentation
from glyphgen.script import Grapheme, Script, load_script
from glyphgen.shapes.font_alphabets import installed_alphabets
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.installed_fonts import find_fonts, installed_fonts
from glyphgen.shapes.pen import load_drawing
from glyphgen.texts.chinese import RARE_SHARE, ChineseCorpus
from glyphgen.texts.english import Corpus, TextSource
from glyphgen.texts.many_alphabets import ManyCorpus

KINDS = ("synth", "mnist", "mnist_lines", "glyphs", "many_glyphs", "many_lines", "lines", "captcha_synth", "folder")


def data_script(data: dict[str, Any], root: str) -> Script:
    """Return the script that a data set is written in; that of many alphabets depends on the fonts here, and on what
    lies below `root`. Raises ScriptError or DataError.
    """
    if data["kind"] == "many_lines":
        return many_source(data).script
    if data["kind"] == "omniglot":  # every task brings its own
        return Script("omniglot", (Grapheme("一"),), ignores_case=False)
    if data["kind"] == "synth" and data["script"] is None:
        return _lesson(data).script
    return (
        many_glyphs(data, "glyph", "train", 0, 1, root).script
        if data["kind"] == "many_glyphs"
        else load_script(data["script"])
    )


def make_samples(
    data: dict[str, Any],
    unit: str,
    split: str,
    seed: int,
    length: int,
    augment: str | Augmentation,
    root: str,
    limit: dict[str, int] | None = None,
) -> Sequence[Any]:
    """Return one split of a data set, of Samples or of PageSamples: `data` as in conf/data, `unit` glyph, line or page.
    Stored sets are validated and tested as a whole, whatever the length, unless trainer.limit says otherwise.
    """
    kind, n_faces = data["kind"], (limit or {}).get("n_faces") or data.get("n_faces", 64)
    most = (limit or {}).get("count")  # of a stored set
    if kind == "folder":
        if split == "train":
            raise SettingError(
                f"data={data['name']} is for evaluating; train with data=hylian_synth, or stages=[evaluate]"
            )
        return FolderSet(data["root"])
    if kind == "omniglot":
        raise SettingError(
            "data=omniglot is measured on by model=protonet stages=[episodes]; train with data=many_glyphs"
        )
    if unit == "page" and kind != "synth":
        raise SettingError(
            f"model=lines needs data of the kind synth, such as data=hylian_synth, not data={data['name']}"
        )
    if kind == "mnist":
        if unit != "glyph":
            raise SettingError("data=mnist holds single digits; a line recognizer needs data=mnist_lines")
        deformation = make_deformation(data["deformation"]) if split == "train" else None
        return MnistGlyphs(root, split, seed, deformation=deformation, length=length if split == "train" else most)
    if kind == "mnist_lines":
        if unit != "line":
            raise SettingError("data=mnist_lines holds lines; a glyph recognizer needs data=mnist")
        source: GlyphSource = mnist_source(root, split)
    elif kind == "glyphs":
        return stored_glyphs(data, unit, split, seed, length if split == "train" else most, root)
    elif kind == "many_glyphs":
        return many_glyphs(data, unit, split, seed, length, root)
    elif kind == "lines":
        stored = stored_lines(data, unit, split, seed, length if split == "train" else most, root)
        if split != "train" or not data.get("rendered"):
            return stored
        check_rendered(data)
        return Mixed(
            stored,
            make_samples(data["rendered"], unit, split, seed, length, augment, root, limit),
            data["rendered_share"],
            seed,
        )
    elif kind == "many_lines":
        if unit != "line":
            raise SettingError(f"data={data['name']} holds lines; take model=crnn")
        many = many_source(data)
        n_faces = max(
            n_faces, len(many.alphabets)
        )  # one of each alphabet at least, or a line may have no face to be drawn in
        return LineSynth(many, ManyCorpus(many, data["max_graphemes"]), augment, seed, split, length, n_faces)
    elif kind in ("synth", "captcha_synth"):
        source = synth_source(data)
    else:
        raise SettingError(f"data.kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if split != "train":
        n_faces = max(4, n_faces // 2)
    if kind == "captcha_synth":
        if unit != "line":
            raise SettingError(f"data={data['name']} holds lines; take model=crnn")
        return CaptchaSynth(source, augment, seed, split, length, n_faces, tuple(data["n_range"]))
    if unit == "glyph":
        return GlyphSynth(source, augment, seed, split, length, n_faces)
    if unit == "page":
        return PageSynth(
            source,
            Corpus(source.script, data.get("max_graphemes", 32)),
            augment,
            seed,
            split,
            length,
            n_faces,
            other_fonts=data.get("other_fonts", ()),
        )
    return LineSynth(source, make_corpus(data, source, split), augment, seed, split, length, n_faces)


def stored_glyphs(
    data: dict[str, Any], unit: str, split: str, seed: int, length: int | None, root: str
) -> StoredGlyphs:
    """Return one split of sets of stored glyphs; only training moves and damages them."""
    if unit != "glyph":
        raise SettingError(f"data={data['name']} holds single glyphs; take model=cnn, lenet5 or resnet")
    script = data_script(data, root)
    specs = [
        {**spec, "alphabet": script.alphabet} if spec.get("alphabet") == "script" else spec for spec in data["sets"]
    ]
    parts = open_sets(specs, root, data["held_out"], data["split_seed"])[split]
    if split != "train":
        return StoredGlyphs(parts, script, length=length)
    return StoredGlyphs(
        parts, script, seed, make_deformation(data["deformation"]), data.get("degradation", "none"), length
    )


def many_glyphs(data: dict[str, Any], unit: str, split: str, seed: int, length: int, root: str) -> ManyGlyphs:
    """Return glyphs of many alphabets; there is no test of them but episodes of other alphabets."""
    if unit != "glyph":
        raise SettingError(f"data={data['name']} holds single glyphs; take model=protonet")
    if split == "test":
        raise SettingError(f"data={data['name']} is for training only; measure with stages=[episodes]")
    parts = []
    if data["omniglot"]:
        parts.append(Part(drawings(data, root), data["omniglot_share"], data["omniglot_symmetries"]))
    if data["installed_share"]:
        parts.append(Part(_world_of(data), data["installed_share"]))
    keys = ("n_alphabets", "n_glyphs", "invented_share", "alphabet_seed", "n_way", "n_each", "redrawn_share")
    return ManyGlyphs(parts, split=split, seed=seed, length=length, **{key: data[key] for key in keys})


def drawings(data: dict[str, Any], root: str) -> Stored:
    """Return the drawings by people that a set of many alphabets holds. Raises DataError for some that must not be
    trained on.
    """
    return _drawings(str(locate(root, data["omniglot"])))


@lru_cache(maxsize=2)
def _drawings(path: str) -> Stored:
    stored = read_background(path)
    if any(Path(origin.partition(":")[2]).parent.name in ("training", "test") for origin in stored.origins):
        raise DataError(f"{path} holds one-shot runs, which few-shot learning is measured on; train on background sets")
    if measured := sorted({label.partition("/")[0] for label in stored.labels if is_measured(label.partition("/")[0])}):
        raise DataError(
            f"{path} has drawings of {', '.join(measured)}, which few-shot learning is measured on; train on others, "
            "such as "
            "Omniglot's images_background"
        )
    return stored


def _world_of(data: dict[str, Any]) -> Stored:
    return _world(data["installed_most"], data["installed_fonts_each"], data["alphabet_seed"])


@lru_cache(maxsize=1)
def _world(most: int, n_fonts: int, seed: int) -> Stored:
    return installed_glyphs(most=most, n_fonts=n_fonts, seed=seed)


def many_source(data: dict[str, Any]) -> ManySource:
    """Return many alphabets; made once."""
    return _many_source(
        *(int(data[key]) for key in ("n_installed", "most", "n_drawn", "n_hands", "n_glyphs", "alphabet_seed"))
    )


@lru_cache(maxsize=1)
def _many_source(n_installed: int, most: int, n_drawn: int, n_hands: int, n_glyphs: int, seed: int) -> ManySource:
    return ManySource(
        installed_alphabets(installed_fonts()) if n_installed else {},
        n_installed,
        most,
        n_drawn,
        n_hands,
        n_glyphs,
        seed,
    )


def write_fonts(data: dict[str, Any], folder: Path) -> None:
    """Write fonts.tsv: which installed fonts a set was drawn from, of which scripts, and how many glyphs; they differ
    from machine to machine. Nothing for data that needs none.
    """
    rows: Sequence[tuple[str, str, int]] = ()
    if data["kind"] == "many_glyphs" and data["installed_share"]:
        rows = listing(_world_of(data))
    elif data["kind"] == "many_lines":
        rows = many_source(data).listing()
    elif (drawn := data.get("rendered") or data).get("fonts"):
        source = synth_source(drawn)
        rows = source.listing() if isinstance(source, FontCollectionSource) else ()
    if not rows:
        return
    with written(folder / "fonts.tsv") as part:
        part.write_text(
            "script\tfont\tglyphs\n" + "".join(f"{code}\t{font}\t{n}\n" for code, font, n in rows), encoding="utf-8"
        )


def stored_lines(data: dict[str, Any], unit: str, split: str, seed: int, length: int | None, root: str) -> StoredLines:
    """Return one split of stored lines; the test is a file of its own."""
    if unit != "line":
        raise SettingError(f"data={data['name']} holds lines; take model=crnn")
    script = data_script(data, root)
    test = StoredLines(locate(root, data["test_path"]), script, length=length)
    if split == "test":
        return test
    deformation, degradation = (
        (make_deformation(data["deformation"]), data.get("degradation", "none")) if split == "train" else (None, "none")
    )
    path = locate(root, data["path"])
    return StoredLines(
        path,
        script,
        seed,
        deformation,
        degradation,
        length,
        data["held_out"],
        split,
        data["split_seed"],
        apart_from=test,
    )


def check_rendered(data: dict[str, Any]) -> None:
    """Raise SettingError for what cannot be mixed with stored lines."""
    rendered, share = data["rendered"], data["rendered_share"]
    if not isinstance(rendered, dict) or rendered.get("kind") != "captcha_synth":
        shown = rendered.get("kind") if isinstance(rendered, dict) else rendered
        raise SettingError(
            f"data.rendered must be a group of settings of the kind captcha_synth, not {shown!r}; say "
            "+data@data.rendered=captcha_synth with data=captcha (recipes that mix have it already)"
        )
    fonts, n_range, n_faces = (rendered.get(key) for key in ("fonts", "n_range", "n_faces"))
    if not isinstance(fonts, list) or not fonts or not all(isinstance(font, str) for font in fonts):
        raise SettingError(
            "data.rendered.fonts must be a list, such as [DejaVuSans] or ['*'] for all that are installed, not "
            f"{fonts!r}"
        )
    if not isinstance(n_range, list) or len(n_range) != 2 or not all(map(is_count, n_range)) or n_range[0] > n_range[1]:
        raise SettingError(
            f"data.rendered.n_range must be the least and the most characters, such as [4, 8], not {n_range!r}"
        )
    if not is_count(n_faces):
        raise SettingError(f"data.rendered.n_faces must be a whole number above 0, not {n_faces!r}")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise SettingError(f"data.rendered_share must be a share from 0 to 1, not {share!r}")
    if rendered.get("script") != data["script"]:
        raise SettingError(
            f"data.rendered.script={rendered.get('script')} is not the stored lines' own, data.script={data['script']}"
        )


def make_corpus(data: dict[str, Any], source: GlyphSource, split: str) -> TextSource:
    """Return what the lines of a split say: `data.corpus` is english or chinese. Rare characters are for training."""
    if data.get("corpus") == "chinese":
        covered = source.covered if isinstance(source, FontCollectionSource) else source.script.visible
        return ChineseCorpus(
            source.script, covered, data["max_graphemes"], data["rare_share"] if split == "train" else RARE_SHARE
        )
    return Corpus(source.script, data.get("max_graphemes", 32))


def synth_source(data: dict[str, Any]) -> GlyphSource:
    """Return the font, the pictures of glyphs or the drawing that `data` names."""
    given = [f"data.{key}" for key in ("font", "fonts", "glyphs") if data.get(key)]
    if len(given) > 1:
        raise SettingError(f"{' and '.join(given)} are {len(given)} sources; give one of them")
    if data["script"] is None and not data.get("glyphs"):
        raise SettingError(f"data={data['name']}: give data.script, or data.glyphs=DIR with pictures that make one")
    if data.get("glyphs"):
        return TracedSource(_lesson(data))
    if data.get("fonts"):
        return _fonts_source(tuple(data["fonts"]), load_script(data["script"]))
    if data.get("font"):
        return FontSource(OpenFont(data["font"]), load_script(data["script"]))
    return DrawnSource(load_drawing(data["script"]), data.get("handwritten_share", 0.1))


@lru_cache(maxsize=2)
def _fonts_source(patterns: tuple[str, ...], script: Script) -> FontCollectionSource:
    return FontCollectionSource(find_fonts(patterns), script)


def _lesson(data: dict[str, Any]) -> GlyphFolder:
    """Read pictures of glyphs; without data.script they make one of their own."""
    if not data.get("glyphs"):
        raise SettingError(f"data={data['name']}: give data.script, or data.glyphs=DIR with pictures that make one")
    if data["script"] is None:
        return read_glyph_folder(data["glyphs"], data.get("script_name"))
    return glyph_folder_for(data["glyphs"], load_script(data["script"]))


def page_folders(roots: Sequence[str | Path]) -> list[Path]:
    """Return those of the folders, and of the folders just below them, that hold whole pictures: that have
    annotations.json.
    """
    found = [Path(root) if (Path(root) / "annotations.json").is_file() else None for root in roots]
    return [path for path in found if path] + [
        p.parent for root in roots for p in sorted(Path(root).glob("*/annotations.json"))
    ]


def labeled_folders(root: str | Path, may_hold_pages: bool = False) -> list[Path]:
    """Return the folder itself if it has labels.tsv or is a zip, else those just below that have. Raises DataError for
    none, unless there are whole pictures and it `may_hold_pages`.
    """
    root = Path(root)
    if root.suffix == ".zip" and root.is_file():
        return [root]
    if not root.is_dir():
        raise DataError(f"no such folder: {root}")
    if (root / "labels.tsv").is_file():
        return [root]
    below = sorted(p.parent for p in root.glob("*/labels.tsv"))
    if not below and may_hold_pages and page_folders([root]):
        return []
    if not below:
        raise DataError(f"{root} has no labels.tsv (one line a picture: file name, tab, text), nor has a folder in it")
    return below
