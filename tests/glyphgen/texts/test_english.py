from itertools import combinations

import numpy as np
import pytest

from glyphgen.datasets.captcha import CaptchaSynth
from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import SPLITS, LineSynth
from glyphgen.faces.many_alphabets import ManySource
from glyphgen.faces.sources import DrawnSource
from glyphgen.script import Grapheme, Script, load_script
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.chinese import ChineseCorpus
from glyphgen.texts.english import Corpus, TextSource, english_words, game_words, split_of
from glyphgen.texts.many_alphabets import ManyCorpus

HYLIAN = load_script("hylian")


def test_english_words_are_upper_case_letters_the_frequent_first() -> None:
    words, weights = english_words()
    assert len(words) > 10_000
    assert words[0] == "THE"
    assert all(w.isalpha() and w.isupper() for w in words)
    assert max(weights) == weights[0]


def test_the_games_texts_can_be_written() -> None:
    names = game_words("hylian")
    assert "GERUDOVILLAGE" in names
    assert all(HYLIAN.can_write(name) for name in names)


def test_texts_have_1_to_max_graphemes_and_both_spaces_and_run_together_words() -> None:
    corpus = Corpus(HYLIAN, max_graphemes=32)
    rng = np.random.default_rng(0)
    texts = [corpus.sample(rng) for _ in range(4000)]
    assert {len(t) for t in texts} >= set(range(1, 30))
    assert max(map(len, texts)) <= 32
    assert sum(" " in t for t in texts) > 800
    assert not any("  " in t or t != t.strip() for t in texts)


def test_a_script_without_letters_or_space_gets_random_strings() -> None:
    corpus = Corpus(load_script("digits"), max_graphemes=8)
    rng = np.random.default_rng(0)
    texts = [corpus.sample(rng) for _ in range(300)]
    assert all(t.isdigit() and 1 <= len(t) <= 8 for t in texts)
    assert set("".join(texts)) == set("0123456789")


def test_the_english_of_a_text_is_known_with_all_its_spaces() -> None:
    corpus, rng = Corpus(HYLIAN, max_graphemes=20), np.random.default_rng(1)
    pairs = [corpus.draw(rng) for _ in range(2000)]
    known = [(text, letters) for text, letters in pairs if letters]
    assert 0.5 < len(known) / len(pairs) < 0.95
    for text, letters in known:
        assert HYLIAN.canonical(letters.replace(" ", "")) == text.replace(" ", "")
    assert any(letters.count(" ") > text.count(" ") for text, letters in known)
    assert all(" " in letters for text, letters in known if text == "RITOVILLADE")
    again, rng = Corpus(HYLIAN, max_graphemes=20), np.random.default_rng(1)
    assert [text for text, _ in pairs[:50]] == [again.sample(rng) for _ in range(50)]


def words_of(corpus: TextSource, n: int, seed: int = 0) -> set[str]:
    """Every word, or random string, of two graphemes or more in n texts."""
    rng = np.random.default_rng(seed)
    return {word for _ in range(n) for word in corpus.draw(rng)[0].split() if len(word) > 1}


def test_the_splits_of_lines_share_no_word_and_no_random_string(hylian: Drawing) -> None:
    synths = [LineSynth(DrawnSource(hylian), Corpus(hylian.script), "none", 0, split, 8, n_faces=1) for split in SPLITS]
    seen = [words_of(synth.corpus, n) for synth, n in zip(synths, (8000, 1200, 1200), strict=True)]
    assert all(len(words) > 1000 for words in seen)
    for one, two in combinations(seen, 2):
        assert not one & two
    # the English of what is run together too: what stands in no line as a word was not written in another guise
    for synth, other in ((synths[0], synths[2]), (synths[2], synths[0])):
        known = {text for text, _ in other.corpus.words}
        rng = np.random.default_rng(1)
        for _ in range(600):
            _, letters = synth.corpus.draw(rng)
            assert not known & {hylian.script.canonical(word) for word in letters.split() if len(word) > 1}


def test_pages_keep_to_the_words_of_their_split(hylian: Drawing) -> None:
    pages = [
        PageSynth(DrawnSource(hylian), Corpus(hylian.script, 12), "none", 0, split, 1, n_faces=1)
        for split in ("train", "test")
    ]
    assert not words_of(pages[0].corpus, 2000) & words_of(pages[1].corpus, 400)


def test_training_keeps_most_words_and_every_kind_of_text_is_in_every_split() -> None:
    whole = Corpus(HYLIAN)
    parts = {split: whole.part(split) for split in SPLITS}
    assert len(parts["train"].words) > 0.85 * len(whole.words)
    assert len(parts["train"].names) > 0.7 * len(whole.names)
    assert sum(len(part.names) for part in parts.values()) == len(whole.names)
    assert all(len(parts[split].words) > 500 and parts[split].names for split in ("val", "test"))
    lengths = {}
    for split, part in parts.items():
        rng = np.random.default_rng(0)
        drawn = [part.draw(rng) for _ in range(1500)]
        lengths[split] = float(np.mean([len(text) for text, _ in drawn]))
        assert 0.25 < np.mean([not letters for _, letters in drawn]) < 0.5, "random strings have no English"
    assert max(lengths.values()) < 1.25 * min(lengths.values())
    names = [name for name, _ in parts["test"].names]
    rng = np.random.default_rng(0)
    texts = [parts["test"].sample(rng) for _ in range(2000)]
    assert max(texts.count(name) for name in names) < 80, "no name fills the lines"


def test_training_texts_without_a_held_out_word_are_as_they_were() -> None:
    whole, part, unchanged = Corpus(HYLIAN), Corpus(HYLIAN).part("train"), 0
    for seed in range(400):
        before, now = (corpus.sample(np.random.default_rng(seed)) for corpus in (whole, part))
        unchanged += before == now
    assert unchanged > 200


def test_what_is_held_out_is_told_by_the_spelling_alone() -> None:
    assert {split_of(word) for word in english_words()[0][:400]} == set(SPLITS)
    shares = {split: np.mean([split_of(str(k)) == split for k in range(10_000)]) for split in SPLITS}
    assert shares["train"] == pytest.approx(0.9, abs=0.02)
    assert shares["val"] == pytest.approx(0.05, abs=0.02)


def test_strings_of_digits_and_of_many_alphabets_are_split() -> None:
    source = ManySource({}, 0, 36, 1, 1, 12, seed=3)
    for corpus in (Corpus(load_script("digits"), 8), ManyCorpus(source, 10)):
        train, test = corpus.part("train"), corpus.part("test")
        assert not words_of(train, 3000) & words_of(test, 500)
        assert len(words_of(test, 500)) > 100


def test_an_alphabet_too_small_to_split_is_written_all_the_same() -> None:
    corpus = Corpus(Script("two", (Grapheme("一"), Grapheme("丁"))), 2).part("test")
    rng = np.random.default_rng(0)
    assert all(1 <= len(corpus.sample(rng)) <= 2 for _ in range(5))


def test_chinese_words_are_split() -> None:
    words = ("我们", "他们", "时间", "中国", "可以", "没有", "什么", "自己", "知道", "现在")
    chars = "".join(sorted({char for word in words for char in word}))
    many = (
        "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多"
        + chars
    )
    script = Script("some", tuple(Grapheme(char) for char in dict.fromkeys(many)))
    parts = {split: ChineseCorpus(script, script.visible, 9, 0.1).part(split) for split in SPLITS}
    words = [{word for word in part.words if len(word) > 1} for part in parts.values()]
    assert all(words)
    assert not any(one & two for one, two in combinations(words, 2))
    assert all(len(parts[split].draw(np.random.default_rng(0))[0]) > 0 for split in SPLITS)


def test_captchas_of_two_splits_share_no_text(hylian: Drawing) -> None:
    made = [
        CaptchaSynth(DrawnSource(hylian), "none", 0, split, 150, n_faces=2, n_range=(2, 2))
        for split in ("train", "test")
    ]
    texts = [{synth[i].text for i in range(150)} for synth in made]
    assert len(texts[0]) > 80
    assert not texts[0] & texts[1]


def test_without_a_space_no_text_of_the_test_is_one_that_training_may_write() -> None:
    """Words run together where a script has no space: what they make must not be a word of another split."""
    script = load_script("capitals")
    train, test = (Corpus(script).part(split) for split in ("train", "test"))
    texts = {
        split: {part.sample(np.random.default_rng(seed)) for seed in range(3000)}
        for split, part in (("train", train), ("test", test))
    }
    assert {text for text in texts["train"] & texts["test"] if len(text) > 1} == set()
