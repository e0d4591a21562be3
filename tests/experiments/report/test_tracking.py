"""Where wandb logs to: found as wandb finds it, without asking anyone."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import wandb

from experiments.job import Run, SettingError
from experiments.report.loggers import wandb_logger

KEY = "0123456789" * 4
OWN, CLOUD = "https://wandb.example.org", "https://api.wandb.ai"


class Config(dict):
    def update(self, settings: Any, allow_val_change: bool = False) -> None:
        super().update(settings)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What wandb.init is called with, on a machine of which wandb knows nothing yet."""
    for name in ("WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_MODE", "WANDB_IDENTITY_TOKEN_FILE", "WANDB_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {}

    def init(**settings: Any) -> Any:
        given.update(settings)
        return SimpleNamespace(config=Config())

    monkeypatch.setattr(wandb, "init", init)
    wandb.teardown()
    yield given
    wandb.teardown()


def make_run(folder: Path) -> Run:
    return Run({"logger": {"name": "wandb", "project": "glyphs"}}, folder)


def logged_in(host: str, folder: Path) -> None:
    (folder / "netrc").write_text(f"machine {host.removeprefix('https://')}\n  login user\n  password {KEY}\n")
    (folder / "netrc").chmod(0o600)


@pytest.mark.parametrize(
    ("server", "login", "is_offline"), [(OWN, OWN, False), (None, CLOUD, False), (OWN, CLOUD, True), (None, OWN, True)]
)
def test_the_login_of_the_server_that_is_used_counts(
    tmp_path: Path,
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: str | None,
    login: str,
    is_offline: bool,
) -> None:
    logged_in(login, tmp_path)
    if server:
        monkeypatch.setenv("WANDB_BASE_URL", server)
    wandb_logger(make_run(tmp_path), "adapt")
    assert asked["mode"] == ("offline" if is_offline else None)
    said = capsys.readouterr().err
    assert ("no login for " + (server or "https") in said) == is_offline


def test_a_server_of_wandbs_settings_file_is_found(tmp_path: Path, asked: dict[str, Any]) -> None:
    logged_in(OWN, tmp_path)
    (tmp_path / "settings").write_text(f"[default]\nbase_url = {OWN}\n")
    wandb_logger(make_run(tmp_path), "adapt")
    assert asked["mode"] is None


def test_a_key_of_the_environment_counts_and_a_mode_that_was_set_stays(
    tmp_path: Path, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    wandb_logger(make_run(tmp_path), "adapt")
    assert asked["mode"] is None
    assert capsys.readouterr().err == ""
    monkeypatch.delenv("WANDB_MODE")
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    wandb.teardown()
    wandb_logger(make_run(tmp_path), "adapt")
    assert asked["mode"] is None


def test_nothing_is_set_that_wandb_says_has_no_effect(tmp_path: Path, asked: dict[str, Any]) -> None:
    wandb_logger(make_run(tmp_path), "adapt")
    assert "anonymous" not in asked


def test_a_key_that_is_none_is_named(tmp_path: Path, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "short")
    with pytest.raises(SettingError, match="WANDB_API_KEY"):
        wandb_logger(make_run(tmp_path), "adapt")
