from pathlib import Path

import numpy as np
import pytest

from glyphgen.script import Script, load_script
from recognizers.language.lexicon import Lexicon, WordsError, inverse_powers, powers, read_words, split_run_together


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(load_script("hylian"), ["KOMOREBI"])


def words_of(lexicon: Lexicon, shapes: str) -> list[str]:
    codes = np.array([lexicon.codes[lexicon.script.visible.index(c)] for c in lexicon.script.canonical(shapes)])
    _, first, last = lexicon.find((codes * powers(len(codes))).sum(keepdims=True, dtype=np.uint64))
    return lexicon.words[int(first[0]) : int(last[0])] if len(first) else []


def test_words_are_found_by_their_shapes_the_frequent_first(lexicon: Lexicon) -> None:
    assert set(words_of(lexicon, "KING")) >= {"KING", "KIND"}
    assert words_of(lexicon, "OF")[:2] == ["OF", "OR"]
    assert words_of(lexicon, "GERUDO") == ["GERUDO"]
    assert words_of(lexicon, "KOMOREBI") == ["KOMOREBI"]
    assert words_of(lexicon, "QXQXQ") == []


def test_powers_and_their_inverses() -> None:
    assert (powers(40) * inverse_powers(40) == 1).all()


def test_followers_are_probabilities_and_know_english(lexicon: Lexicon) -> None:
    index = {word: k for k, word in enumerate(lexicon.words)}

    def follow(first: str, second: str) -> float:
        ids = np.array([index[first]]), np.array([index[second]])
        return float(np.exp(lexicon.log_follow(*ids, lexicon.log_p[[index[second]]]))[0])

    assert follow("KIND", "OF") > 50 * follow("KIND", "OR")
    assert follow("RATHER", "THAN") > follow("FATHER", "THAN")
    assert follow("ZORA", "DOMAIN") > 0.01
    every = np.arange(len(lexicon.words))
    total = np.exp(lexicon.log_follow(np.full_like(every, index["THE"]), every, lexicon.log_p)).sum()
    assert 0.5 < total < 1.5


def test_trigrams_know_what_was_said_before(lexicon: Lexicon) -> None:
    index = {word: k for k, word in enumerate(lexicon.words)}
    ids = [index[w] for w in ("OF", "KIND", "A")]
    assert lexicon.trigrams.p(*ids) > 0.3
    assert lexicon.trigrams.p(index["HYRULE"], index["OF"], index["KING"]) == pytest.approx(0.5, abs=1e-4)
    assert lexicon.trigrams.p(index["KOMOREBI"], ids[0], ids[1]) == 0.0
    assert lexicon.trigrams.p(index["DONT"], index["I"], lexicon.start_id) > 0.01


def test_words_run_together_on_signs_are_taken_apart() -> None:
    assert split_run_together("RITOVILLAGE", {"RITO"}) == "RITO VILLAGE"
    assert split_run_together("LABORATORY", set()) == "LABORATORY"
    assert split_run_together("GANONDORF", {"GANON"}) == "GANONDORF"


def test_a_script_without_letters_has_an_empty_lexicon() -> None:
    empty = Lexicon(Script("digits", load_script("digits").graphemes))
    assert list(empty.words) == []
    assert len(empty.find(np.array([5], np.uint64))[0]) == 0


def test_lists_of_words(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# mine\nKomorebi\n\nold town  # a place\n", encoding="utf-8")
    assert read_words(path) == ["Komorebi", "old town"]
    path.write_text("# nothing\n")
    with pytest.raises(WordsError, match="holds no words"):
        read_words(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WordsError, match="UTF-8"):
        read_words(path)
    with pytest.raises(WordsError, match="no such file"):
        read_words(tmp_path / "none.txt")
    with pytest.raises(WordsError, match="folder"):
        read_words(tmp_path)
