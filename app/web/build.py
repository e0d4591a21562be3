"""`python -m app web --out DIR`: the page that reads in the browser, as a folder that any static host serves.

Networks go in as ONNX, checked against torch; English in a compact form; the runtime, ONNX Runtime Web, comes from the
npm registry, or from a folder that was filled before.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from app.children import started
from app.translations import LANGUAGES, texts
from app.writing import STYLES, Writing, font_bytes, write_text
from glyphgen.files import DataError, check_new_folder, new_folder
from glyphgen.script import Script, load_script
from recognizers import bundle, decode
from recognizers.export import description, to_onnx
from recognizers.interpret import MIN_MEAN_CONFIDENCE
from recognizers.language import language, lattice
from recognizers.language.compact import compact
from recognizers.language.english import MAX_WORD
from recognizers.language.language import Language, spells_english
from recognizers.network import Preprocessing
from recognizers.released import offers, scripts_of_pages

# what decode.js and language.js decide by, as Python does; they keep no numbers of their own
DECODING = {"min_mean_confidence": MIN_MEAN_CONFIDENCE, "nearly": decode._NEARLY}
LANGUAGE = {
    "max_word": MAX_WORD,
    "beam": language._BEAM,
    "beam_nats": language._BEAM_NATS,
    "kept": language._KEPT,
    "log_unknown": float(language._LOG_UNKNOWN),
    "log_unknown_letter": language._LOG_UNKNOWN_LETTER,
    "longest": language._LONGEST,
    "stray_space": language._STRAY_SPACE,
    "hidden_space": language._HIDDEN_SPACE,
    "hidden_in_word": language._HIDDEN_IN_WORD,
    "hidden_in_long": language._HIDDEN_IN_LONG,
    "long_word": language._LONG_WORD,
    "spoken": language.SPOKEN,
    "weakest": lattice._WEAKEST,
    "doubt": lattice._DOUBT,
    "n_weak": lattice._N_WEAK,
    "side_nats": lattice._SIDE_NATS,
    "n_alternatives": language.N_ALTERNATIVES,
    "sign_at_all": language.SIGN_AT_ALL,
}
# what the page names for reading lines, and for drawn glyphs, by what the app calls them
LINES = {name: offers()[name].line or "" for name in scripts_of_pages()}
GLYPHS = {name: weights for name in (*LINES, "digits") if (weights := offers()[name].glyph)}
AT_ONCE = ("hylian", "digits")  # loaded with the page; the others when they are asked for, and kept from then on
RUNTIME = "onnxruntime-web@1.30.0"
RUNTIME_FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
_SOURCES = Path(__file__).parent
_WAIT_S = 300
_REMEDY = f"or fetch it elsewhere (npm pack {RUNTIME}), unpack it and give --runtime package/dist"


def check(out: Path, runtime: Path | None = None) -> None:
    """Raise DataError where `build` could not write, or lacks what it takes the runtime from."""
    if not _is_page(out):
        check_new_folder(out)
    if runtime is not None:
        _check_runtime(runtime)
    elif shutil.which("npm") is None:
        raise DataError(f"npm is not installed, which fetches {RUNTIME} (Debian: apt-get install npm); {_REMEDY}")


def build(out: Path, runtime: Path | None = None) -> int:
    """Write the page into a new folder; return its bytes without the runtime. Raises DataError where that is not
    possible, ExportError.
    """
    check(out, runtime)
    is_again = _is_page(out)  # the page from before, which stays until the new one is whole
    fresh = out.resolve().with_name(f"{out.resolve().name}.new") if is_again else out
    with new_folder(fresh) as part:
        (part / "runtime").mkdir()
        _runtime(part / "runtime", runtime)
        for name in ("index.html", "elements.js", "page.js", "preprocess.js", "decode.js", "language.js"):
            shutil.copyfile(_SOURCES / name, part / name)
        shutil.copyfile(_SOURCES / "style.css", part / "style.css")
        (part / "hylian.ttf").write_bytes(font_bytes("hylian"))
        models: dict[str, Any] = {}
        for name in (*LINES.values(), *GLYPHS.values()):
            recognizer = bundle.load(name)
            check_page_can(name, recognizer.preprocess)
            to_onnx(
                recognizer,
                part / f"{name}.onnx",
                [recognizer.preprocess(image).tensor for image in _samples(recognizer.unit)],
            )
            models[name] = {**description(recognizer), "decoding": DECODING, "english": _letters(recognizer.script)}
        models |= {"language": LANGUAGE, "lines": LINES, "glyphs": GLYPHS}
        (part / "models.json").write_text(json.dumps(models, ensure_ascii=False), encoding="utf-8")
        english = compact(Language(load_script(AT_ONCE[0])))
        (part / "english.bin").write_bytes(gzip.compress(english, mtime=0))
        table = {name: texts(name).table for name in LANGUAGES}
        (part / "texts.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
        files = sorted(p.relative_to(part).as_posix() for p in part.rglob("*") if p.is_file())
        digest = hashlib.blake2b(b"".join((part / name).read_bytes() for name in files), digest_size=8).hexdigest()
        later = {f"{names[k]}.onnx" for names in (LINES, GLYPHS) for k in names if k not in AT_ONCE}
        files = [name for name in files if name not in later]
        worker = (_SOURCES / "sw.js").read_text(encoding="utf-8")
        (part / "sw.js").write_text(
            worker.replace("{version}", digest).replace("{files}", " ".join(["./", *files])), encoding="utf-8"
        )
        size = sum(p.stat().st_size for p in part.rglob("*") if p.is_file() and p.parent.name != "runtime")
    if is_again:
        shutil.rmtree(out)
        fresh.rename(out)
    return size


def _letters(script: Script) -> dict[str, Any] | None:
    """Return what the page needs to spell English from a script's shapes; None where its signs are its text."""
    if not spells_english(script):
        return None
    canonical = {letter: g.canonical for g in script.graphemes for letter in g.letters if letter != " "}
    return {"canonical": canonical, "visible": script.visible}


def _is_page(out: Path) -> bool:
    return (out / "sw.js").is_file() and (out / "models.json").is_file()


def _check_runtime(given: Path) -> None:
    if missing := [name for name in RUNTIME_FILES if not (given / name).is_file()]:
        raise DataError(f"{given} lacks {', '.join(missing)}; it should hold the folder dist/ of {RUNTIME}")


def _runtime(to: Path, given: Path | None) -> None:
    """Put the files of ONNX Runtime Web there."""
    if given is not None:
        for name in RUNTIME_FILES:
            shutil.copyfile(given / name, to / name)
        return
    npm = shutil.which("npm")
    assert npm is not None  # as `check` found
    with tempfile.TemporaryDirectory() as folder:
        try:
            with started(
                [npm, "pack", RUNTIME, "--silent", "--pack-destination", folder],
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            ) as process:
                errors = process.communicate(timeout=_WAIT_S)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired as error:
            raise DataError(f"the npm registry did not answer within {_WAIT_S} s; try again, {_REMEDY}") from error
        archives = list(Path(folder).glob("*.tgz"))
        if process.returncode or not archives:
            said = (errors.strip().splitlines() or ["npm failed"])[-1]
            raise DataError(
                f"{RUNTIME} could not be fetched ({said}); is there a network? {_REMEDY[0].upper()}{_REMEDY[1:]}"
            )
        with tarfile.open(archives[0]) as archive:
            for name in RUNTIME_FILES:
                path = f"package/dist/{name}"
                member = archive.extractfile(path) if path in archive.getnames() else None
                if member is None:
                    raise DataError(f"{RUNTIME} holds no {name}")
                (to / name).write_bytes(member.read())


def check_page_can(name: str, preprocess: Preprocessing) -> None:
    """Raise DataError for a setting that `web/preprocess.js` does not know."""
    settings = preprocess.to_dict()
    if settings.get("ink", "axis") != "axis" or settings.get("cuts"):
        raise DataError(f"{name}: the page prepares pictures with preprocess.ink=axis and without cuts only")


def _samples(unit: str) -> list[np.ndarray]:
    """Return 200 pictures of lines or of glyphs, of many looks and lengths, to compare networks on."""
    rng, letters = np.random.default_rng(0), [chr(65 + k) for k in range(26)]
    made = []
    for k in range(200):
        n = 1 if unit == "glyph" else int(rng.integers(1, 25))
        text = "".join(rng.choice([*letters, " "] if n > 2 else letters, n)).strip() or "A"
        writing = Writing(
            text, look=list(STYLES)[k % len(STYLES)], slant=float(rng.random()), perspective=float(rng.random()), seed=k
        )
        made.append(np.asarray(write_text(writing)))
    return made
