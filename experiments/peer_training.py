"""Ours beside other renderers as training data: kraken's recognizer, trained alike on lines of each, reads other lines.

Each program has an environment of its own (of kraken's, torch and torchvision must be of one build):

    python -m venv K && K/bin/pip install kraken
    python -m venv T && T/bin/pip install trdg 'pillow<10'
    python -m venv S && S/bin/pip install synthtiger 'numpy<2' 'pillow<10'
    python experiments/peer_training.py --kraken K/bin/ketos --trdg T/bin/python --synthtiger S/bin/python --work DIR

All draw the same texts in the same font, that of our drawing; `experiments/peer_lines.py` says with what damage. For
each, kraken trains the same network with the same seed, rate, epochs and number of lines, and of its epochs keeps the
one that best reads other lines of the same renderer: kraken's own rule. All begin with the same weights, which kraken
trained on undamaged lines of those texts, dark on white: of lines with damage a new network of this kind learns nothing
for some thousand steps. Then each reads lines made from another drawing, which choose nothing. What is in DIR already,
made with the same settings, is not made again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.peer_lines import PROGRAMS, draw_ours, draw_theirs, fingerprint, pictures, text_of
from experiments.peers import started
from glyphgen.archive import open_files, read_labels
from glyphgen.files import DataError, new_folder, written
from glyphgen.script import SCRIPTS_DIR, load_script
from glyphgen.shapes.font_file import build_font
from glyphgen.shapes.pen import load_drawing
from recognizers.metrics import character_error_rate, exact_match

# A small network in the manner of Shi et al. 2015. Of three channels, for kraken dewarps gray lines, and takes them for
# dark ink on white, which those of ours and of SynthTIGER are not. All of this was chosen by validation lines of ours.
NETWORK = "[1,32,0,3 Cr3,3,24,2,2 Gn8 Cr3,3,48 Gn8 Mp2,2 Cr3,3,64 Gn8 S1(1x8)1,3 Lbx96 Do0.1,1]"
BATCH, RATE, MOST = 4, 0.001, 12  # lines a step; kraken's default; graphemes in a text, few so that one core is enough
PLAIN = "plain"
OURS = {PLAIN: "none", "ours": "screenshot"}  # of our own lines, the looks
N_DRAWS = 2000  # of lines, for the interval of a difference
_INSTALL = "make it with: python -m venv K && K/bin/pip install kraken, and give --kraken K/bin/ketos"


@dataclass(frozen=True)
class Scored:
    """How one recognizer reads: error rates by set (own validation lines first, then all others together, then each of
    their folders), the share of those others without any error, and edits of each of them.
    """

    errors: dict[str, float]
    exact: float
    truths: list[str]
    texts: list[str]


def main(words: Sequence[str] | None = None) -> int:
    """Draw, train, read, print the table and write it where --out says; return 2 after a message for what cannot be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kraken", required=True, type=Path, metavar="KETOS", help="the program ketos of kraken")
    parser.add_argument("--trdg", metavar="PYTHON", help="the Python of an environment that has trdg")
    parser.add_argument("--synthtiger", metavar="PYTHON", help="the Python of one that has synthtiger")
    parser.add_argument("--count", type=int, default=4000, help="lines to train on (default: %(default)s)")
    parser.add_argument("--val", type=int, default=200, help="lines to choose the epoch by (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=3, help="of the training (default: %(default)s)")
    parser.add_argument(
        "--plain-epochs", type=int, default=1, help="of undamaged lines before that; 0: none (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of texts, pictures and weights (default: %(default)s)")
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help="where all that is made lies")
    where = Path(os.environ.get("GLYPH_DATA", "data")) / "hylian_lines_dev"
    parser.add_argument("--read", type=Path, default=where, help="lines to read in the end (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="a file to write the table into, as Markdown")
    given = parser.parse_args(words)
    peers = {name: path for name, path in (("TRDG", given.trdg), ("SynthTIGER", given.synthtiger)) if path}
    try:
        for program in (given.kraken, given.kraken.with_name("kraken")):
            if not program.is_file():
                raise DataError(f"{program} is not there; {_INSTALL}")
        truths = truths_of(given.read)
        drawn = lines_of_all(given, peers)
        scored = {}
        if given.plain_epochs:
            scored[PLAIN] = scores(given, PLAIN, drawn[PLAIN], truths, given.plain_epochs)
        for name in ("ours", *peers):
            scored[name] = scores(given, name, drawn[name], truths, given.epochs, given.plain_epochs)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    table = table_of(scored, given)
    print(table)
    if given.out:
        with written(given.out) as part:
            part.write_text(table, encoding="utf-8")
    return 0


def made(folder: Path, settings: dict[str, Any], what: str, make: Callable[[Path], None]) -> None:
    """Fill a folder by `make`, unless it is there and was made with these settings. Raises DataError where it was made
    with others.
    """
    mark, begin = folder / "settings.json", time.monotonic()
    if mark.is_file():
        before = json.loads(mark.read_text(encoding="utf-8"))
        if other := sorted(key for key in {*before, *settings} if before.get(key) != settings.get(key)):
            raise DataError(f"{folder} was made with another {', '.join(other)}; remove it, or give another --work")
        print(f"{what}: there already", flush=True)
        return
    print(f"{what} …", flush=True)
    with new_folder(folder) as part:
        make(part)
        (part / mark.name).write_text(json.dumps(settings, indent=1), encoding="utf-8")
    print(f"{what}: {time.monotonic() - begin:,.0f} s", flush=True)


def lines_of_all(given: argparse.Namespace, peers: dict[str, str]) -> dict[str, Path]:
    """Draw what is not there yet; return the folder of the lines of each renderer. Raises DataError."""
    n_lines = {"train": given.count, "val": given.val}
    drawing = hashlib.sha256((SCRIPTS_DIR / "hylian.toml").read_bytes()).hexdigest()[:16]
    font = given.work / "font" / "own.ttf"
    make = load_drawing("hylian")
    made(font.parent, {"drawing": drawing}, "font", lambda part: build_font(make, part / font.name, "Glyph Hylian"))
    looks = OURS if given.plain_epochs else {"ours": OURS["ours"]}
    folders = {name: given.work / "lines" / name for name in (*looks, *peers)}
    settings = {**n_lines, "seed": given.seed, "most": MOST, "drawing": drawing}
    what = f"{given.count:,} + {given.val:,} lines of"
    for name, look in looks.items():

        def draw_own(part: Path, look: str = look) -> None:
            draw_ours(font, n_lines, given.seed, MOST, look, part)

        made(folders[name], {**settings, "look": look}, f"{what} {name}", draw_own)
    texts = {split: [text_of(path) for path in pictures(folders["ours"] / split)] for split in n_lines}
    for name, python in peers.items():
        log = given.work / "logs" / f"draw-{name}.txt"
        program = {"texts": fingerprint([*texts["train"], *texts["val"]]), "program": fingerprint([PROGRAMS[name]])}

        def draw(part: Path, name: str = name, python: str = python, log: Path = log) -> None:
            draw_theirs(name, python, font, texts, given.seed, part, log)

        made(folders[name], {**settings, **program}, f"{what} {name}", draw)
    return folders


def scores(
    given: argparse.Namespace, name: str, lines: Path, truths: dict[Path, str], epochs: int, plain_epochs: int = 0
) -> Scored:
    """Train on the lines of one renderer, after so many epochs of plain ones, which are trained before; read its
    validation lines and the others. Raises DataError.
    """
    about = json.loads((lines / "settings.json").read_text(encoding="utf-8"))
    settings = {"lines": about, "epochs": epochs, "network": NETWORK, "batch": BATCH, "rate": RATE}
    settings |= {"seed": given.seed, "plain_epochs": plain_epochs}
    model, log = given.work / "models" / name, given.work / "logs" / f"train-{name}.txt"
    begin = weights_of(given.work / "models" / PLAIN) if plain_epochs else None
    what = f"training on {name} (epochs: {epochs}; {log} tells)"
    made(model, settings, what, lambda part: train(given, lines, epochs, begin, part, log))
    own = {path: text_of(path) for path in pictures(lines / "val")}
    everything, place = {**own, **truths}, given.work / "readings" / name
    settings["read"] = fingerprint([f"{path} {text}" for path, text in everything.items()])

    def read_all(part: Path) -> None:
        texts = read(given.kraken, weights_of(model), list(everything), given.work / "logs" / f"read-{name}.txt")
        (part / "texts.json").write_text(json.dumps(texts, indent=0, ensure_ascii=False), encoding="utf-8")

    made(place, settings, f"reading with what was trained on {name}", read_all)
    texts = json.loads((place / "texts.json").read_text(encoding="utf-8"))
    return scored(own, truths, dict(zip(everything, texts, strict=True)))


def train(given: argparse.Namespace, lines: Path, epochs: int, begin: Path | None, folder: Path, log: Path) -> None:
    """Train kraken's recognizer on lines/train, from the weights `begin` or none; leave the weights of its best epoch
    in `folder`. Raises DataError.
    """
    lists = []
    for split in ("train", "val"):
        lists.append(folder / f"{split}.txt")
        names = [str(path.resolve()) for path in pictures(lines / split)]
        lists[-1].write_text("\n".join(names) + "\n", encoding="utf-8")
    command = [str(given.kraken), "-v", "-d", "cpu", "--workers", "0", "--threads", "1", "-s", str(given.seed), "train"]
    command += ["-f", "path", "-B", str(BATCH), "-r", str(RATE), "-q", "fixed", "-N", str(epochs)]
    command += ["-i", str(begin)] if begin else ["-s", NETWORK]
    started([*command, "-o", str(folder), "-t", str(lists[0]), "-e", str(lists[1])], log, _INSTALL)
    weights_of(folder)
    for checkpoint in folder.glob("*.ckpt"):
        checkpoint.unlink()


def weights_of(folder: Path) -> Path:
    """Return the weights that kraken left in a folder. Raises DataError where there are none."""
    if not (there := sorted(folder.glob("best_*.safetensors"))):
        raise DataError(f"kraken left no best_*.safetensors in {folder}; what it said is in the folder logs of --work")
    return there[-1]


def read(ketos: Path, weights: Path, images: list[Path], log: Path) -> list[str]:
    """Return the text of each picture, taken as one line. Raises DataError."""
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder) / f"{i}.txt" for i in range(len(images))]
        pairs = [word for pair in zip(images, outs, strict=True) for word in ("-i", *map(str, pair))]
        ocr = ["ocr", "-s", "-B", "16", "--num-line-workers", "0", "-m", str(weights)]
        started([str(ketos.with_name("kraken")), "-d", "cpu", *pairs, *ocr], log, _INSTALL)
        if lost := [image for image, out in zip(images, outs, strict=True) if not out.is_file()]:
            raise DataError(f"kraken did not read {lost[0]}, nor {len(lost) - 1} others; what it said is in {log}")
        return [" ".join(out.read_text(encoding="utf-8").split()) for out in outs]


def truths_of(folder: Path) -> dict[Path, str]:
    """Return the labelled pictures below a folder with their text in canonical letters. Raises DataError."""
    script = load_script("hylian")
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give --read a folder of lines with labels.tsv, or set GLYPH_DATA")
    rows = read_labels(open_files(folder), folder)
    if not rows:
        raise DataError(f"{folder} has no labels.tsv (file name, tab, text) in it or in its folders")
    return {folder / name: script.canonical(text) for name, text in rows}


def scored(own: dict[Path, str], truths: dict[Path, str], texts: dict[Path, str]) -> Scored:
    """Return how well the pictures were read; their folders are the sets."""
    sets = {"own": list(own), "all": list(truths)}
    for path in truths:
        sets.setdefault(path.parent.name, []).append(path)
    known = {**own, **truths}
    errors = {name: character_error_rate([known[p] for p in of], [texts[p] for p in of]) for name, of in sets.items()}
    right, found = list(truths.values()), [texts[path] for path in truths]
    return Scored(errors, exact_match(right, found), right, found)


def difference(ours: Scored, theirs: Scored) -> tuple[float, float]:
    """Return the 95 % interval of their error rate less ours, by drawing lines again, the same ones of both."""
    n = len(ours.truths)
    sizes = np.array([len(text) for text in ours.truths])
    rates = [
        np.array([character_error_rate([a], [b]) for a, b in zip(one.truths, one.texts, strict=True)])
        for one in (ours, theirs)
    ]
    drawn = np.random.default_rng(0).integers(0, n, (N_DRAWS, n))
    more = ((rates[1] - rates[0]) * sizes)[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.percentile(more, (2.5, 97.5))
    return float(low), float(high)


def table_of(scored: dict[str, Scored], given: argparse.Namespace) -> str:
    """Return the table, in Markdown: error rates of characters in %, and how far the others are behind ours."""
    names = list(scored["ours"].errors)
    titles = ["own validation", given.read.name, *names[2:]]
    rows = [f"| trained on | {' | '.join(titles)} | lines all right | more errors than ours |", "|---" * 6]
    rows[1] = "|---" * (len(titles) + 3) + "|"
    for name, one in scored.items():
        low, high = (100 * end for end in difference(scored["ours"], one))
        behind = "" if name == "ours" else f"{low:+.1f} to {high:+.1f}"
        cells = [f"{100 * one.errors[column]:.1f} %" for column in names]
        rows.append(f"| {name} | {' | '.join(cells)} | {100 * one.exact:.0f} % | {behind} |")
    plain = f"after {given.plain_epochs} of plain ones (first row), " if given.plain_epochs else ""
    about = (
        f"Character error rates; but for the first, of {len(scored['ours'].truths)} lines. More errors than ours: in "
        f"points, 95 % of {N_DRAWS:,} draws of lines. Each trained on {given.count:,} lines, {given.epochs} epochs, "
        f"{plain}seed {given.seed}; network `{NETWORK}`, "
        f"{BATCH} lines a step, rate {RATE}; one thread, {platform.machine()}."
    )
    return "\n".join(rows) + f"\n\n{about}\n"


if __name__ == "__main__":
    sys.exit(main())
