"""The manifests: valid to the letter, and in agreement with the program they run."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from shared.clock import SystemClock
from shared.service import Blueprint, Service, create_app
from shared.settings import PORTS, Settings, read

ROOT = Path(__file__).parents[3]
K8S = ROOT / "deploy" / "k8s"
BASE, OVERLAYS = K8S / "base", [K8S / "overlays" / "external", K8S / "overlays" / "standalone"]
FOLDERS = [BASE, *OVERLAYS]
MANIFESTS = sorted(p for p in K8S.rglob("*.yaml") if p.name != "kustomization.yaml")
VERSION = "1.31"
"""of Kubernetes: the oldest these manifests are checked against; the newest is the validator's newest"""
KUBECTL = shutil.which("kubectl")

Manifest = dict[str, Any]


def name_of(path: Path) -> str:
    return str(path.relative_to(K8S))


def documents(path: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(path.read_text()))


def kustomization(folder: Path) -> Manifest:
    [document] = documents(folder / "kustomization.yaml")
    return document


def everything() -> list[Manifest]:
    return [document for path in MANIFESTS for document in documents(path)]


def of(service: str, kind: str) -> Manifest:
    [found] = [d for d in documents(BASE / f"{service}.yaml") if d["kind"] == kind]
    return found


def workloads() -> list[Manifest]:
    return [d for d in everything() if d["kind"] in {"Deployment", "StatefulSet"}]


def container(workload: Manifest) -> Manifest:
    [only] = workload["spec"]["template"]["spec"]["containers"]
    return only


def variables(path: Path) -> dict[str, str]:
    """A file of name=value lines."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def check(document: Manifest) -> None:
    for version in (VERSION, kubernetes_validate.latest_version()):
        kubernetes_validate.validate(document, version, strict=True)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As a pod has them."""
    for name in [n for n in os.environ if n.startswith("MINSHENG_")]:
        monkeypatch.delenv(name)
    for name, value in variables(BASE / "settings.env").items():
        monkeypatch.setenv(name, value)
    return read(database_url="postgresql://db/minsheng", nats_url="nats://nats:4222")


# -- valid, and whole ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MANIFESTS, ids=name_of)
def test_every_manifest_is_valid_to_the_letter(path: Path) -> None:
    for document in documents(path):
        check(document)


def test_a_misspelt_field_would_be_noticed() -> None:
    wrong = of("intake", "Deployment")
    wrong["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 60
    with pytest.raises(kubernetes_validate.ValidationError):
        check(wrong)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_kustomization_lists_every_file_beside_it_and_each_exists(folder: Path) -> None:
    k = kustomization(folder)
    listed = [r for r in k["resources"] if not r.startswith("..")]
    for generator in (*k.get("configMapGenerator", []), *k.get("secretGenerator", [])):
        listed += [*generator.get("envs", []), *generator.get("files", [])]
    secret = [f for g in k.get("secretGenerator", []) for f in g["envs"]]
    expected = {f"{f}.example" if f in secret else f for f in listed}
    beside = {p.name for p in folder.iterdir()} - {"kustomization.yaml", *secret}
    assert expected == beside


@pytest.mark.parametrize("folder", OVERLAYS, ids=name_of)
def test_an_overlay_stands_on_the_base(folder: Path) -> None:
    bases = [r for r in kustomization(folder)["resources"] if r.startswith("..")]
    assert [(folder / b).resolve() for b in bases] == [BASE]


def test_files_with_real_secrets_are_ignored_by_git() -> None:
    generated = {f for o in OVERLAYS for g in kustomization(o)["secretGenerator"] for f in g["envs"]}
    assert generated == set((K8S / ".gitignore").read_text().split())


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed: kustomize's own rendering is not checked")
@pytest.mark.parametrize("folder", OVERLAYS, ids=name_of)
def test_kustomize_renders_an_overlay_and_all_of_it_is_valid(folder: Path, tmp_path: Path) -> None:
    """From the examples of secrets; without a cluster, and without anybody's kubeconfig."""
    copy = shutil.copytree(K8S, tmp_path / "k8s") / "overlays" / folder.name
    for example in copy.glob("*.example"):
        example.replace(example.with_suffix(""))
    done = subprocess.run(
        [str(KUBECTL), "kustomize", str(copy)], capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": os.devnull},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rendered = list(yaml.safe_load_all(done.stdout))
    for document in rendered:
        check(document)
    assert {d["metadata"].get("namespace", "minsheng") for d in rendered} == {"minsheng"}
    made = {d["metadata"]["name"] for d in rendered if d["kind"] in {"ConfigMap", "Secret"}}
    asked = set(re.findall(r"'name': '([^']*)'", str([d for d in rendered if "spec" in d])))
    assert made <= asked, "a generated name is referred to by nobody"


# -- in agreement with the program -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", PORTS)
def test_a_deployment_serves_its_service_at_the_usual_port(service: str) -> None:
    c = container(of(service, "Deployment"))
    assert c["args"] == ["serve", service]
    assert c["ports"] == [{"name": "http", "containerPort": PORTS[service]}]


@pytest.mark.parametrize("service", PORTS)
def test_a_service_listens_at_the_usual_port_and_finds_its_pods(service: str) -> None:
    s, pod = of(service, "Service"), of(service, "Deployment")["spec"]["template"]
    assert s["spec"]["ports"] == [{"name": "http", "port": PORTS[service], "targetPort": "http"}]
    assert s["spec"]["selector"] == pod["metadata"]["labels"]
    assert of(service, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert of(service, "Deployment")["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]


@pytest.mark.parametrize("service", PORTS)
def test_prometheus_finds_a_pod_by_its_annotations(service: str) -> None:
    annotations = of(service, "Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(PORTS[service]),
        "prometheus.io/path": "/metrics",
    }


def test_there_is_a_deployment_for_each_service_and_they_differ_in_nothing_but_the_service() -> None:
    def neutral(service: str) -> str:
        text = (BASE / f"{service}.yaml").read_text().partition("\n")[2].replace(str(PORTS[service]), "PORT")
        own = r"            - name: MINSHENG_(?:WEBHOOK|S3)_\w+\n.*\n"
        return re.sub(own, "", re.sub(rf"\b{service}\b", "SERVICE", text))

    assert {p.stem for p in MANIFESTS if p.parent == BASE} == {*PORTS, "namespace", "network"}
    assert len({neutral(service) for service in PORTS}) == 1


def test_every_environment_name_is_a_setting() -> None:
    known = {f"MINSHENG_{name.upper()}" for name in Settings.model_fields}
    given = {e["name"] for service in PORTS for e in container(of(service, "Deployment"))["env"]}
    given |= set(variables(BASE / "settings.env"))
    for overlay in OVERLAYS:
        for generator in kustomization(overlay)["configMapGenerator"]:
            given |= {literal.partition("=")[0] for literal in generator.get("literals", [])}
    assert given <= known


def test_the_settings_are_accepted_and_let_a_pod_be_reached(settings: Settings) -> None:
    assert settings.host == "0.0.0.0"
    assert settings.auth == "on"
    assert settings.port == 0  # the usual one


def test_the_settings_of_the_overlays_are_accepted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for overlay in OVERLAYS:
        for generator in kustomization(overlay)["configMapGenerator"]:
            for name, _, value in (literal.partition("=") for literal in generator.get("literals", [])):
                monkeypatch.setenv(name, value)
        assert read(database_url="d", nats_url="n").stream_replicas == 3


def test_every_probe_and_scrape_path_is_a_route_of_a_service(settings: Settings) -> None:
    app = create_app(Service(Blueprint("intake", Path(), ()), settings, SystemClock()))
    routes = {getattr(route, "path", "") for route in app.routes}
    for service in PORTS:
        d = of(service, "Deployment")
        probes = {name: container(d)[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert {probe["port"] for probe in probes.values()} == {"http"}
        assert [probe["path"] for probe in probes.values()] == ["/healthz", "/healthz", "/readyz"]
        assert {probe["path"] for probe in probes.values()} <= routes
        assert d["spec"]["template"]["metadata"]["annotations"]["prometheus.io/path"] in routes


def test_readiness_waits_longer_than_the_service_takes_to_say_what_is_missing() -> None:
    source = (ROOT / "shared" / "service.py").read_text().partition("async def missing")[2]
    [seconds, *_] = re.findall(r"asyncio\.timeout\((\d+)\)", source)
    for service in PORTS:
        assert container(of(service, "Deployment"))["readinessProbe"]["timeoutSeconds"] > int(seconds)


def test_a_pod_is_given_time_to_drain_requests_then_appends_then_to_close(settings: Settings) -> None:
    closing = 8
    for service in PORTS:
        d = of(service, "Deployment")
        before = int(container(d)["lifecycle"]["preStop"]["exec"]["command"][1])
        grace = d["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert grace > before + 2 * settings.drain_seconds + closing


def test_the_image_is_this_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {container(of(service, "Deployment"))["image"] for service in PORTS} == {f"minsheng:{version}"}
    for overlay in OVERLAYS:
        [image] = kustomization(overlay)["images"]
        assert (image["name"], image["newTag"]) == ("minsheng", version)


# -- secrets ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", OVERLAYS, ids=name_of)
def test_every_secret_a_pod_asks_for_is_in_the_examples(folder: Path) -> None:
    given = {
        g["name"]: {name for env in g["envs"] for name in variables(folder / f"{env}.example")}
        for g in kustomization(folder)["secretGenerator"]
    }
    files = [*BASE.glob("*.yaml"), *(folder / r for r in kustomization(folder)["resources"] if not r.startswith(".."))]
    pods = [d for p in files for d in documents(p) if d["kind"] in {"Deployment", "StatefulSet"}]
    wanted = [
        e["valueFrom"]["secretKeyRef"] for d in pods for e in container(d)["env"] if "secretKeyRef" in e.get("valueFrom", {})
    ]
    needed = {(ref["name"], ref["key"]) for ref in wanted if not ref.get("optional")}
    assert needed == {(name, key) for name, keys in given.items() for key in keys}


def test_each_service_has_a_dsn_of_its_own_and_only_who_needs_another_secret_sees_it() -> None:
    for service in PORTS:
        keys = {e["name"]: e["valueFrom"]["secretKeyRef"]["key"] for e in container(of(service, "Deployment"))["env"]}
        assert keys["MINSHENG_DATABASE_URL"] == f"{service}-database-url"
        assert ("MINSHENG_WEBHOOK_SECRET" in keys) == (service == "notify")
        assert ("MINSHENG_S3_SECRET" in keys) == (service == "intake")


def test_no_secret_is_written_down() -> None:
    assert [d["metadata"]["name"] for d in everything() if d["kind"] == "Secret"] == []
    for example in K8S.rglob("*.example"):
        for name, value in variables(example).items():
            assert value == "" or "CHANGE" in value, name


# -- safe ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workload", workloads(), ids=lambda w: w["metadata"]["name"])
def test_a_pod_has_no_rights_it_does_not_need(workload: Manifest) -> None:
    pod, c = workload["spec"]["template"]["spec"], container(workload)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert c["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("workload", workloads(), ids=lambda w: w["metadata"]["name"])
def test_a_pod_says_what_it_needs_at_least_and_at_most_and_is_probed(workload: Manifest) -> None:
    c = container(workload)
    assert set(c["resources"]["requests"]) == set(c["resources"]["limits"]) == {"cpu", "memory"}
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(c)


@pytest.mark.parametrize("workload", workloads(), ids=lambda w: w["metadata"]["name"])
def test_an_image_is_pinned_to_a_version(workload: Manifest) -> None:
    assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", container(workload)["image"])


def test_the_image_runs_as_the_user_the_dockerfile_names() -> None:
    [user, group] = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[0]
    for service in PORTS:
        context = of(service, "Deployment")["spec"]["template"]["spec"]["securityContext"]
        assert (context["runAsUser"], context["runAsGroup"]) == (int(user), int(group))


def test_two_replicas_answer_and_one_survives_a_drained_node() -> None:
    for service in PORTS:
        d = of(service, "Deployment")["spec"]
        assert d["replicas"] == 2
        assert d["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert of(service, "PodDisruptionBudget")["spec"]["minAvailable"] == 1


def test_what_is_not_listed_is_refused_by_the_network() -> None:
    policies = {d["metadata"]["name"]: d["spec"] for d in documents(BASE / "network.yaml")}
    assert policies["nothing-else"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert [p["port"] for p in policies["callers"]["ingress"][0]["ports"]] == ["http"]
    assert {p["port"] for p in policies["servers"]["egress"][0]["ports"]} == {53, 5432, 4222}


# -- the servers of the standalone overlay ---------------------------------------------------------------------------------


def server(name: str) -> Manifest:
    [found] = [d for d in documents(OVERLAYS[1] / f"{name}.yaml") if d["kind"] == "StatefulSet"]
    return found


def test_postgresql_has_connections_for_all_pods_even_while_all_are_replaced(settings: Settings) -> None:
    [most] = [int(a.partition("=")[2]) for a in container(server("postgres"))["args"] if a.startswith("max_connections=")]
    pods = sum(of(service, "Deployment")["spec"]["replicas"] + 1 for service in PORTS)
    lasting, trying = 1, 1
    assert pods * (settings.pool_size + lasting + trying) < most


def test_there_are_as_many_nats_servers_as_copies_of_a_stream_and_each_knows_all() -> None:
    nats = server("nats")
    peers = next(a for a in container(nats)["args"] if a.startswith("--routes=")).split(",")
    assert len(peers) == nats["spec"]["replicas"] == 3
    for number, peer in enumerate(peers):
        assert peer.endswith(f"@nats-{number}.{nats['spec']['serviceName']}:6222")
    [literal] = kustomization(OVERLAYS[1])["configMapGenerator"][0]["literals"]
    assert literal == f"MINSHENG_STREAM_REPLICAS={nats['spec']['replicas']}"


def test_nats_servers_do_not_tell_clients_of_each_other() -> None:
    """nats-py gives no password to a server it only heard of, and is refused there."""
    assert "--no_advertise" in container(server("nats"))["args"]


def test_the_files_of_nats_lie_where_its_pod_mounts_them() -> None:
    config = (OVERLAYS[1] / "nats.conf").read_text()
    mounts = {m["mountPath"] for m in container(server("nats"))["volumeMounts"]}
    for path in (*re.findall(r'(?:store_dir|pid_file): "([^"]+)"', config), "/etc/nats/nats.conf"):
        assert any(path == mount or path.startswith(f"{mount}/") for mount in mounts), path
    ports = {p["containerPort"] for p in container(server("nats"))["ports"]}
    assert {int(port) for port in re.findall(r'"0\.0\.0\.0:(\d+)"', config)} | {6222} == ports


def test_the_store_of_nats_is_smaller_than_its_volume() -> None:
    [store] = re.findall(r"max_file_store: (\d+)GB", (OVERLAYS[1] / "nats.conf").read_text())
    [volume] = server("nats")["spec"]["volumeClaimTemplates"]
    assert int(store) < int(volume["spec"]["resources"]["requests"]["storage"].removesuffix("Gi"))
