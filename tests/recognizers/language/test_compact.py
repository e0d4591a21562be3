"""The compact language chooses as the whole one does, in a few megabytes."""

import gzip
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.web.build import LANGUAGE
from glyphgen.script import load_script
from recognizers.language.compact import compact
from recognizers.language.language import Language
from recognizers.reading import Evidence

ROOT = Path(__file__).parents[3]
TEXTS = [
    "the village elder lives by the lake",
    "beware of the guardian",
    "shrine of trials",
    "closed until morning",
    "no entry",
    "welcome to the great forest",
    "gerudovillage",
    "fresh fish and rice",
    "we fight for our queen",
    "the quick fox jumps over it",
    "bring water and wood",
    "the road to the castle",
    "forgotten temple",
    "horses are not allowed",
    "best before winter",
    "i have never been there",
    "what do you want",
    "come back later",
    "our dearest friend",
    "a sword for the hero",
]


@pytest.fixture(scope="module")
def language() -> Language:
    return Language(load_script("hylian"))


def test_it_is_small_and_says_what_it_holds(language: Language) -> None:
    made = compact(language, 2000, 500)
    assert len(gzip.compress(made)) < 2_500_000, "as the page gets it"
    length = int.from_bytes(made[:4], "little")
    head = json.loads(made[4 : 4 + length])
    assert head["canonical"]["G"] == head["canonical"]["D"]
    assert {name: n for name, _, n in head["parts"]}["pair"] == 2000


_NEVER = ["BQRS", "FGH XBX", "CJ", "VWQ"]  # letters that follow one another in no word


def test_the_page_spells_as_python_does(language: Language, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the browser tests run the same code")
    (tmp_path / "english.bin").write_bytes(compact(language))
    jobs, expected = [], []
    for text in [*TEXTS, *_NEVER]:
        shapes = " ".join(language.script.canonical(text).split())
        evidence = Evidence.of_text(shapes, language.script.visible)
        jobs.append(
            {
                "log_p": evidence.log_p.tolist(),
                "skip": evidence.skip.tolist(),
                "space": evidence.space.tolist(),
                "missed": [],
            }
        )
        expected.append(str(language.spell(text)))
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    (tmp_path / "run.mjs").write_text(
        f"import {{Language}} from {json.dumps((ROOT / 'app/web/language.js').as_uri())}; import fs from 'fs';"
        f"const numbers = {json.dumps(LANGUAGE)};"
        "const language = new Language(new Uint8Array(fs.readFileSync('english.bin')).buffer, numbers);"
        "console.log(JSON.stringify(JSON.parse(fs.readFileSync('jobs.json')).map((job) => "
        "language.apply(job).letters)));"
    )
    done = subprocess.run([node, "--no-warnings", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    same = [a == b for a, b in zip(json.loads(done.stdout), expected, strict=True)]
    assert np.mean(same) >= 0.95
    assert all(same[len(TEXTS) :]), "whatever letters follow one another"


def test_the_page_parts_lines_at_signs_as_python_does(language: Language, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the browser tests run the same code")
    sheikah = Language(load_script("sheikah"))
    visible = sheikah.script.visible
    (tmp_path / "english.bin").write_bytes(compact(language))  # the page has one file for all scripts
    jobs, expected = [], []
    for text in [
        "STOP! GO 5 LEVELS",
        "NOWLOADING15",
        "VILLAGE-TOWER",
        "1515",
        "!",
        "NO ENTRY",
        "LEVEL 5.",
        "5 GUARIAN!",
    ]:
        evidence = Evidence.of_text(text, visible)
        evidence.log_p[-1] = np.log(1e-4)
        first, second = visible.index(text[-1]), (visible.index(text[-1]) + 1) % len(visible)
        evidence.log_p[-1, first], evidence.log_p[-1, second] = np.log(0.7), np.log(0.3)
        parts = {"log_p": evidence.log_p.tolist(), "skip": evidence.skip.tolist(), "space": evidence.space.tolist()}
        missed = [(5, visible.index("D"), 0.9)] if text.endswith("GUARIAN!") else []
        jobs.append(parts | {"missed": missed})
        found = sheikah.search(replace(evidence, missed=tuple(missed)))
        expected.append([found[0][0].text, found[0][1], len(found)])
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    script = {"canonical": {letter: letter for letter in visible}, "visible": visible}
    (tmp_path / "run.mjs").write_text(
        f"import {{Language}} from {json.dumps((ROOT / 'app/web/language.js').as_uri())}; import fs from 'fs';"
        f"const numbers = {json.dumps(LANGUAGE)};"
        "const english = new Uint8Array(fs.readFileSync('english.bin')).buffer;"
        f"const language = new Language(english, numbers).in({json.dumps(script)});"
        "console.log(JSON.stringify(JSON.parse(fs.readFileSync('jobs.json')).map((job) => language.apply(job))"
        ".map((one) => [one.letters, one.p, one.alternatives.length])));"
    )
    done = subprocess.run([node, "--no-warnings", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    for (letters, p, n), (text, chance, n_found) in zip(json.loads(done.stdout), expected, strict=True):
        assert letters == text
        assert p == pytest.approx(chance, abs=0.02), text
        assert abs(n - n_found) <= 1
