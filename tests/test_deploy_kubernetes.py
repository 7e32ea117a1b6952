"""The Kubernetes files fit each other and the program, as they are applied: folder by folder."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.places import is_shared
from bot.settings import Settings
from bot.settings_reading import load_settings
from tests.test_deploy import DEPLOY, documents, is_a_command, text

FOLDERS = ("base", "team", "chroma")
WORKLOADS = ("StatefulSet", "Deployment")
SECRET = {
    "TELEGRAM_BOT_TOKEN": "12345:a-token",
    "PAUTA_DATABASE_URL": "postgresql://pauta:secret@db.example/pauta",
    "PAUTA_WEBHOOK_SECRET": "0123456789abcdef",
}


def there(folder: str) -> list[Any]:
    """All that a folder defines itself."""
    names = sorted(path.name for path in (DEPLOY / "kubernetes" / folder).iterdir())
    files = [f"kubernetes/{folder}/{name}" for name in names if name != "kustomization.yaml"]
    return [one for file in files for one in documents(file)]


def kustomization(folder: str) -> Any:
    return documents(f"kubernetes/{folder}/kustomization.yaml")[0]


def of_kind(folder: str, *kinds: str) -> list[Any]:
    return [one for one in there(folder) if one["kind"] in kinds]


def pods() -> dict[str, Any]:
    """The pod of each workload, by folder and name."""
    return {
        f"{folder}/{one['metadata']['name']}": one["spec"]["template"]
        for folder in FOLDERS
        for one in of_kind(folder, *WORKLOADS)
    }


PODS = pods()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_in_its_kustomization(folder: str) -> None:
    files = {path.name for path in (DEPLOY / "kubernetes" / folder).iterdir()}
    listed = {name for name in kustomization(folder)["resources"] if not name.startswith("..")}
    assert {*listed, "kustomization.yaml"} == files


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_kustomization_says_which_image(folder: str) -> None:
    assert kustomization(folder)["images"] == kustomization("base")["images"]


@pytest.mark.parametrize("name", PODS)
def test_no_pod_has_more_rights_than_the_image_needs(name: str) -> None:
    pod = PODS[name]["spec"]
    (container,) = pod["containers"]
    user = str(pod["securityContext"]["runAsUser"])
    assert f"USER {user}:" in text("Dockerfile")
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    rights = container["securityContext"]
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert {"requests", "limits"} <= container["resources"].keys()


@pytest.mark.parametrize("name", PODS)
def test_probes_ask_at_a_port_that_is_listened_at(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    asked = {kind: container[kind]["httpGet"] for kind in container if kind.endswith("Probe")}
    assert {"startupProbe", "livenessProbe"} <= asked.keys()
    assert {one["port"] for one in asked.values()} <= ports.keys()
    if name != "chroma/chroma":
        assert environment(name)["PAUTA_STATUS_LISTEN"] == f"0.0.0.0:{ports['status']}"
        assert {one["path"] for one in asked.values()} <= {"/healthz", "/readyz"}


@pytest.mark.parametrize("name", PODS)
def test_what_is_written_to_is_mounted(name: str) -> None:
    pod = PODS[name]["spec"]
    mounts = {one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
    assert mounts == {"/data", "/tmp"}


def test_every_selector_finds_a_pod() -> None:
    labels = [one["metadata"]["labels"] for one in PODS.values()]
    for folder in FOLDERS:
        for one in there(folder):
            for wanted in selectors(one["kind"], one.get("spec", {})):
                assert any(wanted.items() <= have.items() for have in labels), one["metadata"]


def selectors(kind: str, spec: Any) -> list[Any]:
    if kind == "Service":
        return [spec["selector"]]
    if kind in {*WORKLOADS, "PodDisruptionBudget"}:
        return [spec["selector"]["matchLabels"]]
    return [spec["podSelector"]["matchLabels"]] if kind == "NetworkPolicy" else []


def test_one_replica_holds_the_archive_where_it_is_in_a_folder() -> None:
    (stateful,) = of_kind("base", "StatefulSet")
    assert stateful["spec"]["replicas"] == 1
    (claim,) = stateful["spec"]["volumeClaimTemplates"]
    (container,) = PODS["base/pauta"]["spec"]["containers"]
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert mounts[claim["metadata"]["name"]] == environment("base/pauta")["PAUTA_HOME"]


def test_a_team_has_several_bots_of_which_one_may_go_at_a_time() -> None:
    (bot,) = (
        one for one in of_kind("team", "Deployment") if one["metadata"]["name"] == "pauta-bot"
    )
    (budget,) = of_kind("team", "PodDisruptionBudget")
    assert budget["spec"]["minAvailable"] < bot["spec"]["replicas"]
    assert budget["spec"]["selector"] == bot["spec"]["selector"]
    assert bot["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("name", ["team/pauta-bot", "team/pauta-worker"])
def test_a_team_keeps_nothing_in_a_folder(name: str) -> None:
    assert is_shared(settings_of(name))
    kinds = [set(one) - {"name"} for one in PODS[name]["spec"]["volumes"]]
    assert kinds == [{"emptyDir"}, {"emptyDir"}]
    deleted = [one["patch"] for one in kustomization("team")["patches"]]
    assert any("$patch: delete" in one and "kind: StatefulSet" in one for one in deleted)


def test_telegram_reaches_the_bots_at_the_address_it_is_told() -> None:
    settings = settings_of("team/pauta-bot")
    (ingress,) = of_kind("team", "Ingress")
    (service,) = of_kind("team", "Service")
    (rule,), (secured,) = ingress["spec"]["rules"], ingress["spec"]["tls"]
    (path,) = rule["http"]["paths"]
    address = urlsplit(settings.webhook_url)
    assert (rule["host"], path["path"]) == (address.hostname, address.path)
    assert secured["hosts"] == [rule["host"]]
    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    (port,) = service["spec"]["ports"]
    assert path["backend"]["service"]["port"]["name"] == port["name"]
    (container,) = PODS["team/pauta-bot"]["spec"]["containers"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert settings.webhook_listen == f"0.0.0.0:{ports[port['targetPort']]}"


def test_the_worker_is_not_told_what_is_telegrams() -> None:
    settings = settings_of("team/pauta-worker")
    assert settings.telegram_bot_token is None
    assert settings.webhook_secret is None


@pytest.mark.parametrize("name", [name for name in PODS if not name.startswith("chroma")])
def test_what_is_started_is_a_command_of_pauta(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    assert is_a_command(container["args"])


def test_what_is_plain_can_be_used_and_is_no_secret() -> None:
    load_settings({**config("base"), **environment("base/pauta")}, None)
    for folder in ("base", "team"):
        named = config(folder)
        assert not [one for one in named if "TOKEN" in one or "KEY" in one or "SECRET" in one]


def config(folder: str) -> dict[str, str]:
    """The plain settings of a folder, over those of the one below."""
    found: dict[str, str] = {}
    for one in of_kind("base", "ConfigMap"):
        found |= one["data"]
    if folder == "team":
        for line in "\n".join(
            one["patch"] for one in kustomization("team")["patches"]
        ).splitlines():
            name, _, value = line.strip().partition(": ")
            if name.startswith("PAUTA_"):
                found[name] = value
    return found


def environment(name: str) -> dict[str, str]:
    """What a container is told, with what it takes from the secret."""
    (container,) = PODS[name]["spec"]["containers"]
    given: dict[str, str] = {}
    for source in container["envFrom"]:
        given |= SECRET if "secretRef" in source else {}
    for one in container["env"]:
        if "value" in one:
            given[one["name"]] = str(one["value"])
        elif one["name"] in SECRET:
            given[one["name"]] = SECRET[one["valueFrom"]["secretKeyRef"]["key"]]
    return given


def settings_of(name: str) -> Settings:
    return load_settings({**config(name.split("/", 1)[0]), **environment(name)}, None)
