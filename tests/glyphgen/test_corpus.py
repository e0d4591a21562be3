import numpy as np

from glyphgen.corpus import Corpus, english_words, game_words
from glyphgen.script import load_script

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
    assert [text for text, _ in pairs[:50]] == [Corpus(HYLIAN, 20).sample(r) for r in [np.random.default_rng(1)] for _ in range(50)]
