"""Settings: right, or one readable line at start that gives no secret away."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from libs.common.errors import ConfigurationFault
from libs.common.settings import ENV_FILE_VARIABLE, ApiSettings, DispatcherSettings, WorkerSettings, load
from libs.common.storage.clients import open_storage

ACCOUNT = "AZURE_STORAGE_ACCOUNT"
CONNECTION = "AZURE_STORAGE_CONNECTION_STRING"
SECRET = "AccountName=mine;AccountKey=very-secret"


@pytest.fixture(autouse=True)
def no_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (field.upper() for field in WorkerSettings.model_fields):
        monkeypatch.delenv(variable, raising=False)


def test_the_defaults_are_those_that_are_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACCOUNT, "mine")
    settings = load(WorkerSettings)
    assert (settings.queue_name, settings.files_table_name) == ("translation-jobs", "translationfiles")
    assert (settings.visibility_timeout, settings.max_attempts, settings.max_messages) == (60, 5, 32)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VISIBILITY_TIMEOUT", "1"),
        ("MAX_MESSAGES", "33"),
        ("MAX_ATTEMPTS", "five"),
        ("TRANSLATION_ENGINE", "babelfish"),
        ("HEALTH_PORT", "65536"),
        ("POLL_INTERVAL", "-1"),
        ("LOG_LEVEL", "loud"),
        ("DEFAULT_SOURCE_LANGUAGE", "en/../de"),
        (ACCOUNT, "very-secret"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable_and_hides_the_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(ACCOUNT, "mine")
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationFault, match=rf"^settings: {variable}: [^\n]+$") as refused:
        load(WorkerSettings)
    assert value not in str(refused.value).removeprefix(f"settings: {variable}: ").split()
    assert refused.value.__cause__ is None


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACCOUNT, "mine")
    monkeypatch.setenv("SLICE_TASKS", "0")
    monkeypatch.setenv("WATCH_INTERVAL", "-1")
    with pytest.raises(ConfigurationFault, match=r"SLICE_TASKS: .+; WATCH_INTERVAL: "):
        load(DispatcherSettings)


@pytest.mark.parametrize("given", [{}, {ACCOUNT: "mine", CONNECTION: SECRET}], ids=["neither", "both"])
def test_there_is_exactly_one_way_to_storage(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationFault, match=f"exactly one of {CONNECTION} and {ACCOUNT}$"):
        load(WorkerSettings)


def test_an_account_is_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACCOUNT, "mine")
    monkeypatch.setenv("AZURE_STORAGE_QUEUE_ENDPOINT", "https://mine.queue.core.chinacloudapi.cn/")
    settings = load(WorkerSettings)
    assert settings.storage_endpoint("queue") == "https://mine.queue.core.chinacloudapi.cn/"
    assert settings.storage_endpoint("blob") == "https://mine.blob.core.windows.net"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({ACCOUNT: "mine", "AZURE_STORAGE_BLOB_ENDPOINT": "http://mine.example/"}, "BLOB_ENDPOINT: "),
        ({CONNECTION: SECRET, "AZURE_STORAGE_BLOB_ENDPOINT": "https://mine.example/"}, "names its own"),
    ],
    ids=["in the clear", "beside a connection string"],
)
def test_an_endpoint_that_would_give_tokens_away_or_be_ignored_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationFault, match=told):
        load(WorkerSettings)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"TRANSLATION_ENGINE": "azure"}, "AZURE_TRANSLATOR_KEY"),
        ({"FURTHER_ENGINES": "azure"}, "AZURE_TRANSLATOR_RESOURCE_ID"),
        ({"FURTHER_ENGINES": "copy libretranslate"}, "LIBRETRANSLATE_URL"),
        ({"AZURE_TRANSLATOR_ENDPOINT": "http://translator.example"}, "https://"),
        ({"AZURE_TRANSLATOR_ENDPOINT": "http://3221226219:5000"}, "https://"),
        ({"AZURE_TRANSLATOR_ENDPOINT": "http://[2001:db8::1]:5000"}, "https://"),
    ],
)
def test_an_engine_that_cannot_be_reached_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for variable, value in {ACCOUNT: "mine", **given}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationFault, match=told):
        load(WorkerSettings)


@pytest.mark.parametrize(
    "given",
    [
        {"AZURE_TRANSLATOR_KEY": "key"},
        {"AZURE_TRANSLATOR_ENDPOINT": "https://ours.cognitiveservices.azure.com/"},
        {"AZURE_TRANSLATOR_RESOURCE_ID": "/subscriptions/s", "AZURE_TRANSLATOR_REGION": "westeurope"},
        {"AZURE_TRANSLATOR_KEY": "key", "AZURE_TRANSLATOR_ENDPOINT": "http://azure-emulated:5000"},
    ],
)
def test_azure_takes_a_key_or_an_identity(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    for variable, value in {ACCOUNT: "mine", "TRANSLATION_ENGINE": "azure", **given}.items():
        monkeypatch.setenv(variable, value)
    assert load(WorkerSettings).translation_engine == "azure"


async def test_a_damaged_connection_string_is_refused_without_being_shown() -> None:
    settings = WorkerSettings(azure_storage_connection_string=SecretStr("very-secret"), _env_file=None)
    with pytest.raises(ConfigurationFault, match=rf"^{CONNECTION} [^\n]+$") as refused:
        async with open_storage(settings):
            pass
    assert "very-secret" not in str(refused.value)


def test_a_secret_is_never_part_of_how_settings_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONNECTION, SECRET)
    assert "very-secret" not in f"{load(WorkerSettings)!r} {load(WorkerSettings)}"


def test_the_env_file_is_read_unless_it_is_named_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"{ACCOUNT}=fromfile\n")
    (tmp_path / "other").write_text(f"{ACCOUNT}=fromother\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ENV_FILE_VARIABLE, "")
    with pytest.raises(ConfigurationFault):
        load(WorkerSettings)
    monkeypatch.setenv(ENV_FILE_VARIABLE, "other")
    assert load(WorkerSettings).azure_storage_account == "fromother"
    monkeypatch.delenv(ENV_FILE_VARIABLE)
    assert load(WorkerSettings).azure_storage_account == "fromfile"
    monkeypatch.setenv(ACCOUNT, "fromenvironment")
    assert load(WorkerSettings).azure_storage_account == "fromenvironment"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("QUEUE_NAME", "Bad_Name"), ("TABLE_NAME", "has-hyphen"), ("QUEUE_NAME", "translation-dispatch")],
)
def test_a_name_that_storage_would_refuse_or_that_is_taken_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "account")
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationFault, match=variable):
        load(WorkerSettings)


WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"NOTIFY_ALLOWED_HOSTS": "hooks.example.com"},
            "^settings: NOTIFY_ALLOWED_HOSTS needs NOTIFY_SECRET$",
        ),
        ({"NOTIFY_SECRET": "very-secret"}, "^settings: NOTIFY_SECRET: a secret is whsec_ and base64 [^\n]+$"),
        ({"NOTIFY_ALLOWED_HOSTS": "https://hooks.example.com"}, "^settings: NOTIFY_ALLOWED_HOSTS: "),
        ({"NOTIFY_QUEUE_NAME": "translation-jobs"}, "NOTIFY_QUEUE_NAME"),
    ],
)
def test_notifications_that_could_not_be_sent_are_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for variable, value in {ACCOUNT: "mine", **given}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationFault, match=told) as refused:
        load(DispatcherSettings)
    assert "very-secret" not in str(refused.value)


def test_notifications_need_hosts_and_a_secret_and_the_api_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACCOUNT, "mine")
    monkeypatch.setenv("NOTIFY_ALLOWED_HOSTS", "hooks.example.com, *.example.org:8443")
    assert load(ApiSettings).notify_allowed_hosts == ("hooks.example.com", "*.example.org:8443")
    monkeypatch.setenv("NOTIFY_SECRET", f"{WEBHOOK_SECRET} {WEBHOOK_SECRET}")
    settings = load(DispatcherSettings)
    assert len(settings.signing_keys) == 2
    assert WEBHOOK_SECRET not in f"{settings!r} {settings}"
