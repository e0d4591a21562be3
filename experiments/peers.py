"""Ours beside other renderers of lines: pictures a second of the same texts in the same font, in one run.

TRDG and SynthTIGER want versions of their libraries that ours do not, so each has an environment of its own:

    python -m venv T && T/bin/pip install trdg 'pillow<10'
    python -m venv S && S/bin/pip install synthtiger 'numpy<2' 'pillow<10'
    python experiments/peers.py --trdg T/bin/python --synthtiger S/bin/python --table peers.md

Lines of 3 to 24 letters, 32 px high, in memory, one process each, one after the other in turn, the best of some rounds
of each: others use the machine too. "Plain" is dark ink on white. "Damaged" is what each does to a line by itself: ours
the look `screenshot`; TRDG skew, blur and a background of noise; SynthTIGER the effects of its own library that are
nearest, perspective, blur and noise on a textless background. They are not the same damage: ours does more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import FontSource
from glyphgen.files import DataError, written
from glyphgen.jobs.bench import samples_per_second
from glyphgen.render.augmentation import PRESETS
from glyphgen.script import load_script
from glyphgen.shapes.font_file import OpenFont, build_font
from glyphgen.shapes.pen import load_drawing
from glyphgen.texts.english import Corpus
from glyphgen.texts.own import OwnTexts

LEAST, MOST, N_TEXTS, LINE_PX, CAP_PX = 3, 24, 2000, 32, 22
KINDS = ("plain", "damaged")

_BEFORE = """
import json, sys, time
texts, font, kind, seconds = open(sys.argv[1], encoding="utf-8").read().splitlines(), *sys.argv[2:4], float(sys.argv[4])
def measure(make):
    for text in texts[:20]:
        make(text)
    begin, n = time.perf_counter(), 0
    while (took := time.perf_counter() - begin) < seconds:
        make(texts[n % len(texts)])
        n += 1
    print(json.dumps(n / took))
"""
PROGRAMS = {
    "TRDG": _BEFORE
    + """
from trdg.generators import GeneratorFromStrings
settings = {"skewing_angle": 3, "random_skew": True, "blur": 1, "random_blur": True, "background_type": 0}
settings = settings if kind == "damaged" else {"background_type": 1}
made = GeneratorFromStrings(texts, count=-1, fonts=[font], size=32, **settings)
measure(lambda _: next(made))
""",
    "SynthTIGER": _BEFORE
    + """
import numpy as np
from synthtiger import components, layers
blur, noise = components.GaussianBlur(sigma=(0, 1)), components.AdditiveGaussianNoise(scale=(4, 12), per_channel=0)
bend = components.Perspective(percents=((0.9, 1), (0.9, 1), (0.9, 1), (0.9, 1)))
def make(text):
    line = layers.TextLayer(text, font, 32, color=(20, 20, 20, 255))
    if kind == "damaged":
        bend.apply([line])
    ground = layers.RectLayer((int(line.width) + 12, int(line.height) + 8), (250, 250, 250, 255))
    ground.center = line.center
    whole = (line + ground).merge()
    if kind == "damaged":
        blur.apply([whole])
        noise.apply([whole])
    return whole.output()
measure(make)
""",
}


def main() -> int:
    """Measure, print the table, and write it where --table says; return 2 after a message for what cannot be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trdg", metavar="PYTHON", help="the Python of an environment that has trdg")
    parser.add_argument("--synthtiger", metavar="PYTHON", help="the Python of one that has synthtiger")
    parser.add_argument("--font", type=Path, help="the font that all draw with (default: ours of Hylian)")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts (default: %(default)s)")
    parser.add_argument("--table", type=Path, help="a file to write the table into, as Markdown")
    given = parser.parse_args()
    peers = {name: python for name, python in (("TRDG", given.trdg), ("SynthTIGER", given.synthtiger)) if python}
    try:
        with tempfile.TemporaryDirectory() as folder:
            font = given.font or Path(folder) / "own.ttf"
            if not given.font:
                build_font(load_drawing("hylian"), font, "Glyph Hylian")
            rates = measured(peers, font, Path(folder) / "texts.txt", given.seconds, given.rounds)
    except (DataError, subprocess.CalledProcessError) as error:
        print(f"error: {error}\n{getattr(error, 'stderr', '') or ''}".rstrip(), file=sys.stderr)
        return 2
    table = table_of(rates)
    print(table)
    if given.table:
        with written(given.table) as part:
            part.write_text(table, encoding="utf-8")
    return 0


def measured(
    peers: dict[str, str], font: Path, texts: Path, seconds: float, rounds: int
) -> dict[str, dict[str, float]]:
    """Return pictures a second by renderer and kind, the best of the rounds. Raises CalledProcessError."""
    write_texts(texts)
    rates: dict[str, dict[str, float]] = {name: dict.fromkeys(KINDS, 0.0) for name in ("ours", *peers)}
    for _ in range(rounds):
        for kind in KINDS:
            for name in rates:
                if name == "ours":
                    rate = samples_per_second(own_lines(font, texts, kind), seconds)
                else:
                    command = [peers[name], "-c", PROGRAMS[name], str(texts), str(font), kind, str(seconds)]
                    done = subprocess.run(command, capture_output=True, text=True, check=True, env=alone())
                    rate = float(json.loads(done.stdout.splitlines()[-1]))
                rates[name][kind] = max(rates[name][kind], rate)
    return rates


def alone() -> dict[str, str]:
    """Return the environment for a program of another Python: one thread, and nothing of ours to import."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ""}


def started(command: Sequence[str], log: Path, remedy: str) -> None:
    """Run a program of another Python; what it says goes to `log`. Raises DataError with its last line and the remedy
    where it cannot be started or fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("w", encoding="utf-8") as said:
            failed = subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, env=alone()).returncode
    except OSError as error:
        raise DataError(f"{command[0]} cannot be started: {error.strerror}; {remedy}") from error
    if failed:
        last = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise DataError(f"{command[0]} failed: {last} (all that it said is in {log}); {remedy}")


def write_texts(path: Path) -> None:
    """Write texts of LEAST to MOST letters, the same ones each time."""
    corpus, rng = Corpus(load_script("hylian"), MOST), np.random.default_rng(0)
    texts: dict[str, None] = {}
    while len(texts) < N_TEXTS:
        text = corpus.sample(rng)
        if len(text) >= LEAST:
            texts[text] = None
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")


def own_lines(font: Path, texts: Path, kind: str) -> LineSynth:
    """Open our lines of those texts in that font, about LINE_PX high."""
    script, look = load_script("hylian"), PRESETS["none" if kind == "plain" else "screenshot"]
    room = (LINE_PX / CAP_PX - 1) / 2
    geometry = replace(look.geometry, cap_range_px=(CAP_PX, CAP_PX), margin_range=(room, room))
    source, look = FontSource(OpenFont(font), script), replace(look, geometry=geometry)
    return LineSynth(source, OwnTexts(texts, script, MOST), look, length=10**6)


def table_of(rates: dict[str, dict[str, float]]) -> str:
    """Return the table, in Markdown."""
    rows = [f"| renderer | {' | '.join(f'{kind} | ours is faster by' for kind in KINDS)} |", "|---|---|---|---|---|"]
    for name, own in rates.items():
        faster = {kind: "" if name == "ours" else f"{rates['ours'][kind] / own[kind]:.0f}×" for kind in KINDS}
        cells = [f"{own[kind]:,.0f} a second | {faster[kind]}" for kind in KINDS]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + f"\n\nOne process, {platform.machine()}, Python {platform.python_version()}.\n"


if __name__ == "__main__":
    sys.exit(main())
