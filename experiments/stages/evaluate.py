"""Evaluate: read pictures never trained on through `read_batch`, and nothing else."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

from experiments.augmentation import augmentation_for
from experiments.crops import keys_of, learned_keys, without_learned
from experiments.datasets import data_of, labeled_folders, page_folders
from experiments.datasets.crops import Crops
from experiments.job import Run, SettingError, write_json
from experiments.measure.as_line import AsLine
from experiments.measure.pages import nothing_finds, score_finder, score_made_pages, score_pages
from experiments.measure.readings import read_all
from experiments.report.loggers import finish_loggers, log_picture, log_table, make_loggers
from experiments.report.progress import Steps
from experiments.report.set_report import confusion_table, table_of, write_report
from experiments.settings.stages import learns_crops
from experiments.synthetic_pages import damaged_pages
from experiments.weights import check_script
from glyphgen.datasets.folder import FolderSet, PageFolder
from glyphgen.datasets.glyph_images import StoredGlyphs
from glyphgen.datasets.line_images import StoredLines
from glyphgen.images import load_picture
from glyphgen.sample import Sample
from glyphgen.script import Script, load_script
from recognizers import opening
from recognizers.language.language import Language, spells_english
from recognizers.language.lexicon import read_words
from recognizers.line_reader import LineReader
from recognizers.metrics import grapheme_errors, score, score_letters
from recognizers.network import Network
from recognizers.networks.glyph import GlyphRecognizer
from recognizers.networks.lines import LineFinder
from recognizers.opening import reading_form
from recognizers.page.finding import finder_for
from recognizers.page.many_scripts import ManyScripts, load_many
from recognizers.page.reader import Reader
from recognizers.page.reread import Rereader
from recognizers.page.segment import SegmentingReader
from recognizers.recognizer import Recognizer
from recognizers.released import scripts_of_pages

# of each data set, and their names where curves are: no two things there may have one name
_PICTURES = {"samples": "samples", "worst": "worst_sheet", "confusion": "confusion", "calibration": "reliability"}
_N_SHOWN = 24  # whole pictures in wandb or TensorBoard


def evaluate(recognizer: Network, run: Run) -> Network:
    """Score the test split of `data` (or stage.evaluate.split, as NAME_val) and every folder; write pictures and a
    report. Returns the same network.

    Folders with labels.tsv hold lines, folders with annotations.json whole pictures. A finder of lines is scored on
    pages. Raises SettingError when the network's script is not the one the data is written in.
    """
    own, data = run.stage("evaluate"), data_of(run)
    script = data.script_of(run.settings["paths"]["data"])
    check_script("the weights", recognizer.script, script, data.name)
    if isinstance(recognizer, LineFinder):
        found_by = reading_form(recognizer)
        run.results["finder"] = {name: score_finder(found_by, samples, name) for name, samples in _pages(run).items()}
        _log(run, {}, run.results["finder"])
        return recognizer
    assert isinstance(recognizer, Recognizer)
    _refuse_other_split(recognizer, run.settings["data"])
    whole = reading_form(recognizer)
    reader: LineReader = whole
    if own["segment"]:
        if not isinstance(recognizer, GlyphRecognizer):
            raise SettingError(
                f"stage.evaluate.segment is for recognizers of glyphs; {recognizer.architecture} reads lines as they "
                "are"
            )
        reader = SegmentingReader(whole)
    unit = "line" if own["segment"] else recognizer.unit
    is_english = own["language"] and spells_english(script)
    language = Language(script, read_words(own["words"]) if own["words"] else []) if is_english else None
    finder = opening.finder_of(script, own["lines"]) if own["reread"] and unit == "line" else None
    if own["reread"] and finder is None:
        run.say(f"reread: nothing finds lines of the script {script.name!r} here, so everything is read once")
    line_reader: LineReader = Rereader(reader, finder) if finder is not None else reader
    if own["whole"]:
        if unit != "line":
            raise SettingError("stage.evaluate.whole is for lines; cut them into glyphs: stage.evaluate.segment=true")
        if own["reread"]:
            raise SettingError("stage.evaluate.whole and stage.evaluate.reread are two ways to read a line; give one")
        line_reader = AsLine(page_reader_of(reader, own, language), script)
    sets = _sets(run, unit, script, learned_keys(run) | keys_of(recognizer))
    pages = {root.resolve(): root for root in reversed(page_folders(_roots(run)))}  # each once, however it is spelled
    scored: dict[str, Any] = {}
    for name, samples in sets.items():
        truths, letters, readings = read_all(line_reader, samples, script, own["batch_size"], name)
        if language is not None and not isinstance(line_reader, AsLine):  # that one has spelled
            readings = [language.apply(reading) for reading in Steps(readings, desc=f"spelling {name}", leave=False)]
        scored[name] = {**score(truths, readings), **score_letters(letters, truths, readings)}
        folder = run.stage_folder("evaluate") / name
        write_report(folder, samples, truths, readings, scored[name], own["n_worst"])
        write_json(folder / "graphemes.json", grapheme_errors(truths, [r.text for r in readings]))
    run.results["evaluate"] = scored
    if pages or own["pages"]:
        page_reader = page_reader_of(reader, own, language)
        scripts = {script.name: script, **{name: load_script(name) for name in page_reader.scripts[1:]}}
        most, found = (run.settings["trainer"]["limit"] or {}).get("n_pages"), dict[str, Any]()
        for root in reversed(pages.values()):
            name = free_name(root, {**sets, **found})
            folder = run.stage_folder("evaluate") / name
            found[name] = score_pages(page_reader, PageFolder(root, most), scripts, folder)
        if own["pages"]:
            n_pages = most or own["pages"]
            drawn = damaged_pages(run, own["split"], n_pages, own["augment"])
            name = "synthetic_pages" if own["split"] == "test" else f"synthetic_pages_{own['split']}"
            name = free_name(Path("/", name), found)
            found[name] = score_made_pages(page_reader, drawn, n_pages, scripts)
        run.results["pages"] = found
    _log(run, scored, run.results.get("pages", {}))
    return recognizer


def page_reader_of(reader: LineReader, own: Mapping[str, Any], language: Language | None) -> Reader | ManyScripts:
    """Return what reads whole pictures: the reader, and beside it the released ones of the scripts that are named. own:
    the stage's settings. Raises SettingError where nothing finds lines for it.
    """
    finder = finder_for(reader, own["lines"])
    if finder is None:
        raise nothing_finds(reader.script)
    single = Reader(reader, finder, language)
    names = scripts_of_pages() if own["scripts"] == "auto" else own["scripts"]
    others = [name for name in names if name != reader.script.name]
    return ManyScripts([single, *load_many(others, with_language=own["language"]).readers]) if others else single


def _refuse_other_split(recognizer: Recognizer, data: dict[str, Any]) -> None:
    """Raise SettingError where pictures that are held out now may have been trained on: another split of
    the same sets.
    """
    made = recognizer.provenance.get("config", {}).get("data", {})
    names, before = (
        {spec["name"] for spec in config.get("sets") or [config] if "split_seed" in config} for config in (data, made)
    )
    for key in ("split_seed", "held_out"):
        if names & before and key in made and made[key] != data.get(key):
            shared = ", ".join(sorted(names & before))
            raise SettingError(
                f"data.{key}={data[key]}: the weights were trained with {made[key]} on {shared}, and may know what "
                f"is held out now; evaluate them with data.{key}={made[key]}"
            )


def _roots(run: Run) -> list[str]:
    """Return the folders to score besides the test split."""
    data = data_of(run)
    return ([data.root] if isinstance(data, Crops) else []) + list(run.stage("evaluate")["folders"])


def _sets(run: Run, unit: str, script: Script, learned: frozenset[bytes]) -> dict[str, Sequence[Sample]]:
    """Return what to score by name: the test split, its parts where it has several, every folder and zip of lines
    without what was `learned`.
    """
    data, limit = data_of(run), run.settings["trainer"]["limit"]
    sets: dict[str, Sequence[Sample]] = {}
    if not data.is_real_crops:
        samples, split = _samples(run, unit), run.stage("evaluate")["split"]
        ending = "" if split == "test" else f"_{split}"  # no other split may pass for a test
        sets[data.result_name + ending] = samples
        if isinstance(samples, StoredGlyphs) and len(samples.sets) > 1:
            n = run.stage("evaluate")["count"] if limit else None
            sets.update({part.name + ending: StoredGlyphs([part], script, length=n) for part in samples.sets})
    sets |= _folders_of_lines(run, script, sets, learned)
    return sets


def _folders_of_lines(
    run: Run, script: Script, taken: Iterable[str], learned: frozenset[bytes]
) -> dict[str, Sequence[Sample]]:
    """Return every folder and zip of lines by name, once, however often and in whatever spelling it is given, without
    the crops with the keys `learned`, which this run or an earlier one has learned from, wherever they lie. Raises
    SettingError where it leaves nothing to evaluate with.
    """
    sets: dict[str, Sequence[Sample]] = {}
    seen: dict[Path, str] = {}
    for root in _roots(run):
        for folder in labeled_folders(root, may_hold_pages=True):
            if (place := folder.resolve()) in seen:
                run.say(f"evaluate: {folder} is {seen[place]}, which is read already")
                continue
            is_zip = folder.suffix == ".zip"
            name = free_name(folder.with_suffix("") if is_zip else folder, {*taken, *sets})
            crops = StoredLines(folder, script, without=learned) if is_zip else FolderSet(folder)
            n_left_out = without_learned(crops, learned) if isinstance(crops, FolderSet) and learned else 0
            seen[place] = str(folder)
            if not len(crops):
                run.say(f"evaluate: {folder} holds nothing but crops that were learned from, and is not read")
                continue
            if n_left_out:
                run.say(f"evaluate: {n_left_out} crops of {folder} were learned from, and are not read")
            sets[name] = crops
    if learned and not sets:
        if not learns_crops(run.settings["stages"]):
            raise SettingError(
                "the weights have learned from all of these crops, in an earlier run; give others to evaluate with"
            )
        raise SettingError(f"crops.query_share={run.settings['crops']['query_share']} leaves no crops to evaluate with")
    return sets


def _pages(run: Run) -> dict[str, Sequence[Any]]:
    split = run.stage("evaluate")["split"]
    return {"synthetic" if split == "test" else f"synthetic_{split}": _samples(run, "page")}


def _samples(run: Run, unit: str) -> Sequence[Any]:
    own = run.stage("evaluate")
    return data_of(run).open(
        own["split"],
        unit,
        run.seed,
        own["count"],
        augmentation_for(own["augment"], run.settings),
        run.settings["paths"]["data"],
        run.settings["trainer"]["limit"],
    )


def free_name(folder: Path, taken: Container[str]) -> str:
    """Name a set after its folder; after more of its path, or a number, when that name is taken."""
    parts = folder.resolve().parts[1:] or ("root",)
    names = ["-".join(parts[-n:]) for n in range(1, len(parts) + 1)]
    return next(name for name in chain(names, (f"{names[0]}-{n}" for n in count(2))) if name not in taken)


def _log(run: Run, scored: dict[str, Any], pages: dict[str, Any]) -> None:
    folder = run.stage_folder("evaluate")
    loggers, split = make_loggers(run, "evaluate", folder / "log"), run.stage("evaluate")["split"]
    flat = {
        f"{split}/{name}/{key}": value
        for name, figures in {**scored, **pages}.items()
        for key, value in figures.items()
    }
    for logger in loggers:
        logger.log_metrics(flat)
        logger.save()
    for logger in loggers[1:]:
        for name in scored:
            titles, *rows = table_of(folder / name / "worst.tsv")
            worst = [[folder / name / row[0], *row[1:]] for row in rows]
            log_table(logger, f"worst/{name}", titles, worst)
            log_table(logger, f"confusions/{name}", *confusion_table(folder / name / "graphemes.json"))
            for picture, key in _PICTURES.items():
                log_picture(logger, f"{key}/{name}", load_picture(folder / name / f"{picture}.png"))
        for name in pages:
            for shown in sorted((folder / name / "pages").glob("*.png"))[:_N_SHOWN]:
                log_picture(logger, f"pages/{name}/{shown.stem}", load_picture(shown))
    finish_loggers(loggers)
