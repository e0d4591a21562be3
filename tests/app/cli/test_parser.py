"""What is said of words that the command line does not know."""

import pytest

from app.__main__ import main


@pytest.mark.parametrize(
    ("words", "usage", "said"),
    [
        (["read", "sign.png", "--jsn"], "hylian read ", "unrecognized arguments: --jsn; did you mean --json?"),
        (["read", "-x"], "hylian read ", "unrecognized arguments: -x"),
        (["read", "a.png", "--letters", "rw"], "hylian read ", "; did you mean raw?"),
        (["raed", "sign.png"], "hylian ", "; did you mean read?"),
        (["teach"], "hylian teach ", "the following arguments are required: DIR, --out"),
    ],
)
def test_a_misspelt_word_is_told_by_its_own_command(
    words: list[str], usage: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"usage: {usage}[-h]")
    assert told.endswith(f"{said}\n")


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    told = capsys.readouterr().err
    assert "print what pictures say" in told
    assert "error" not in told
