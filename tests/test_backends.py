"""Choosing a backend, its settings, its weights and its downloads: every mistake is one sentence, and nothing heavy is loaded before it is said."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from generator.wan.specs import PIPELINE_CLASSES, SPECS, backend_names, spec_of
from generator.wan.weights import right_hub_id
from hybrid import backends
from hybrid.backends import Machine, choose_backend, worth_fetching

T2V = SPECS["wan2.2-t2v-a14b"]
H100 = Machine("cuda", "a card", 80e9, 85e9, 200e9)
CPU = Machine("cpu", "the processor", None, None, 16e9)


@pytest.fixture(autouse=True)
def _nothing_at_hand(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "scope"))
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("HYBRID_MODELS", raising=False)
    ask = backends.machine
    ask.cache_clear()
    yield
    ask.cache_clear()


def run(arguments, monkeypatch, capsys):
    from hybrid.cli import main

    monkeypatch.setattr(sys, "argv", ["hybrid", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    out, err = capsys.readouterr()
    return stopped.value.code, out, err


def one_sentence(code, err) -> bool:
    return code == 2 and err.count("\n") == 1 and "Traceback" not in err


# the registry ---------------------------------------------------------------------------------------------------------------------------


def test_the_registry_holds_the_published_models() -> None:
    assert backend_names() == ("auto", "preview", *SPECS) and len(SPECS) == 5
    for spec in SPECS.values():
        assert all(hasattr(spec, key) for key in ("name", "pipelines", "experts", "boundary_ratio", "grid"))
        assert spec.num_frames % 4 == 1 and all(side % spec.multiple == 0 for size in spec.sizes for side in size)
        assert (spec.experts == 2) == (spec.boundary_ratio is not None) == ("transformer_2" in spec.components)
    assert T2V.shift == 12 and T2V.boundary_ratio == 0.875 and (T2V.guidance_scale, T2V.guidance_scale_2) == (4.0, 3.0)
    assert SPECS["wan2.2-ti2v-5b"].multiple == 32


def test_parameters_are_those_of_the_model_classes() -> None:
    torch = pytest.importorskip("torch")
    diffusers = pytest.importorskip("diffusers")

    def counted(arch, layers):
        shape = dict(
            num_attention_heads=arch.heads,
            attention_head_dim=arch.head_dim,
            num_layers=layers,
            ffn_dim=arch.ffn,
            in_channels=arch.in_channels,
            out_channels=arch.out_channels,
            text_dim=4096,
        )
        with torch.device("meta"):
            plain = sum(p.numel() for p in diffusers.WanTransformer3DModel(**shape).parameters())
            if not arch.vace_layers:
                return plain, 0, 0
            one, two = (
                sum(
                    p.numel()
                    for p in diffusers.WanVACETransformer3DModel(
                        **{**shape, "num_layers": 2}, vace_layers=list(range(n)), vace_in_channels=96
                    ).parameters()
                )
                for n in (1, 2)
            )
            base = sum(p.numel() for p in diffusers.WanTransformer3DModel(**{**shape, "num_layers": 2}).parameters())
        return plain, one - base, two - one

    for spec in SPECS.values():
        arch = spec.architecture
        first, head, more = counted(arch, 1)
        total = (
            first
            + (counted(arch, 2)[0] - first) * (arch.layers - 1)
            + (head + more * (arch.vace_layers - 1) if arch.vace_layers else 0)
        )
        assert total == spec.components["transformer"].parameters, spec.name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("wan2.2-t2v-14b", "wan2.2-t2v-a14b"),
        ("Wan-AI/Wan2.2-I2V-A14B-Diffusers", "wan2.2-i2v-a14b"),
        ("WAN2.2_TI2V_5B", "wan2.2-ti2v-5b"),
    ],
)
def test_names_and_aliases(name, meant) -> None:
    assert spec_of(name).name == meant


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("alibaba/wan2.2-t2v-a14b", "wan2.2-t2v-a14b"), ("Wan-AI/Wan2.2-I2V-A14B", "wan2.2-i2v-a14b"), ("someone/Wan2.2-TI2V-5B", "wan2.2-ti2v-5b"),
        ("ali/wan2.1-vace-1.3b", "wan2.1-vace-1.3b"), ("meta/llama", None),
    ],
)  # fmt: skip
def test_a_wrong_hub_name_finds_the_right_one(wrong, right) -> None:
    found = right_hub_id(wrong)
    assert (found.name if found else None) == right


# choosing -------------------------------------------------------------------------------------------------------------------------------


def test_auto_without_weights_is_the_preview_and_says_why() -> None:
    choice = choose_backend("auto")
    assert choice.name == "preview" and not choice.diffuses and "no video model" in choice.why
    assert set(choice.passed_over) == set(SPECS)


def test_choosing_the_preview_loads_no_torch() -> None:
    code = (
        "import sys; from hybrid.pipeline import HybridPipeline; HybridPipeline('preview'); HybridPipeline('auto').choice(); "
        "bad = {'torch', 'diffusers', 'transformers', 'mitsuba'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--backend", "wan9"], "no backend"),
        (["--backend", "wan2.2-t2v-a14b"], "hybrid fetch wan2.2-t2v-a14b"),
        (["--backend", "wan2.2-t2v-a14b", "--model", "alibaba/wan2.2-t2v-a14b"], "Wan-AI/Wan2.2-T2V-A14B-Diffusers"),
        (["--backend", "wan2.2-t2v-a14b=/nowhere/at/all"], "no folder"),
        (["--backend", "wan2.2-t2v-a14b", "--model", "someone/of-their-own"], "hybrid fetch someone/of-their-own"),
        (["--backend", "preview", "--model", "x/y"], "needs no model"),
        (["--model", "alibaba/wan2.2-t2v-a14b"], "Wan-AI/Wan2.2-T2V-A14B-Diffusers"),
        (["--backend", "preview", "--best-of", "0"], "--best-of"),
        (["--backend", "preview", "--cache", "fancy"], "--cache"),
        (["--backend", "preview", "--memory", "fp9"], "'fp8'"),
        (["--backend", "preview", "--vram", "-3"], "--vram"),
    ],
)
def test_a_mistake_in_the_backend_is_one_sentence(options, says, monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(["make", "a ball falls", *options], monkeypatch, capsys)
    assert one_sentence(code, err) and says in err, err
    assert not list(tmp_path.glob("out/**/*.mp4"))


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(backends, "missing_packages", lambda: ["torch", "diffusers"])
    code, _, err = run(["make", "a ball falls", "--backend", "wan2.2-t2v-a14b"], monkeypatch, capsys)
    assert one_sentence(code, err) and "torch, diffusers" in err and "hybrid-physics-video[wan]" in err


# weights --------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    pytest.importorskip("torch", reason="the [wan] extra is not installed")
    pytest.importorskip("diffusers", reason="the [wan] extra is not installed")
    from tests.wan_tiny import save_tiny

    base = tmp_path_factory.mktemp("tiny")
    return {"t2v": save_tiny(base / "t2v", "t2v"), "vace1": save_tiny(base / "vace1", "vace", experts=1, boundary=None)}


@pytest.fixture
def copy(tiny, tmp_path):
    import shutil

    return shutil.copytree(tiny["t2v"], tmp_path / "copy")


def test_whole_weights_are_chosen_and_told_apart(tiny, copy) -> None:
    choice = choose_backend(f"wan2.2-t2v-a14b={tiny['t2v']}")
    assert choice.diffuses and choice.weights.small and choice.weights.pipeline_class == "WanPipeline"
    assert choose_backend("auto", model=str(tiny["t2v"])).name == "wan2.2-t2v-a14b"
    assert choose_backend("auto", model=str(tiny["vace1"])).name == "wan2.1-vace-1.3b"
    file = copy / "transformer" / "diffusion_pytorch_model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    assert choose_backend("wan2.2-t2v-a14b", model=str(copy)).weights.fingerprint != choice.weights.fingerprint


def test_auto_takes_the_best_whose_weights_are_here_and_whole(tiny, copy, tmp_path, monkeypatch) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "wan2.1-vace-1.3b").symlink_to(tiny["vace1"])
    monkeypatch.setenv("HYBRID_MODELS", str(models))
    assert choose_backend("auto").name == "wan2.1-vace-1.3b"
    (models / "wan2.2-t2v-a14b").symlink_to(copy)
    better = choose_backend("auto")
    assert (
        better.name == "wan2.2-t2v-a14b"
        and "the best of what can run here" in better.why
        and better.passed_over["wan2.2-vace-fun-a14b"]
    )
    (copy / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"")
    fallen = choose_backend("auto")
    assert fallen.name == "wan2.1-vace-1.3b" and "cut short" in fallen.passed_over["wan2.2-t2v-a14b"]


def test_the_hubs_own_caches_are_found(tiny, tmp_path, monkeypatch) -> None:
    snapshot = tmp_path / "hub" / "models--Wan-AI--Wan2.2-T2V-A14B-Diffusers" / "snapshots" / "abc"
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(tiny["t2v"])
    assert choose_backend("wan2.2-t2v-a14b").weights.folder == snapshot
    snapshot.unlink()
    scope = tmp_path / "scope" / "models" / "Wan-AI" / "Wan2___2-T2V-A14B-Diffusers"
    scope.parent.mkdir(parents=True)
    scope.symlink_to(tiny["t2v"])
    assert choose_backend("wan2.2-t2v-a14b").weights.folder == scope


def spoil(folder, what):
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    if what == "truncated":
        file.write_bytes(file.read_bytes()[:-100])
    elif what == "not safetensors":
        file.write_bytes(b"\x00" * 64)
    elif what == "shard missing":
        file.unlink()
        index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
        (folder / "transformer" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    elif what == "no index":
        (folder / "model_index.json").unlink()
    elif what == "no experts":
        edit(folder / "model_index.json", transformer_2=[None, None])
    elif what == "other pipeline":
        edit(folder / "model_index.json", _class_name="WanImageToVideoPipeline")
    elif what == "unknown pipeline":
        edit(folder / "model_index.json", _class_name="FluxPipeline")
    elif what == "channels":
        edit(folder / "transformer" / "config.json", in_channels=36)
    elif what == "autoencoder":
        edit(folder / "vae" / "config.json", z_dim=48)
    elif what == "no boundary":
        edit(folder / "model_index.json", boundary_ratio=None)
    elif what == "component":
        import shutil

        shutil.rmtree(folder / "transformer_2")


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("truncated", "cut short"),
        ("not safetensors", "cut short or no safetensors"),
        ("shard missing", "did not finish"),
        ("no index", "model_index.json"),
        ("no experts", "two experts"),
        ("other pipeline", "--backend wan2.2-i2v-a14b"),
        ("unknown pipeline", "FluxPipeline"),
        ("channels", "36 channels"),
        ("autoencoder", "another model"),
        ("no boundary", "boundary_ratio"),
        ("component", "did not finish"),
    ],
)
def test_broken_and_wrong_weights_are_one_sentence_before_anything_is_loaded(
    what, says, copy, monkeypatch, capsys, tmp_path
) -> None:
    spoil(copy, what)
    monkeypatch.chdir(tmp_path)
    loads = []
    monkeypatch.setattr("generator.wan.load.load_pipeline", lambda *a, **k: loads.append(a))
    monkeypatch.setattr("hybrid.pipeline.HybridPipeline.simulate", lambda *a, **k: loads.append(a))
    code, _, err = run(["make", "a ball falls", "--backend", f"wan2.2-t2v-a14b={copy}"], monkeypatch, capsys)
    assert one_sentence(code, err) and says in err, err
    assert not loads


def large(weights):
    return replace(weights, parameters={name: T2V.components[name].parameters for name in weights.parameters})


@pytest.mark.parametrize(
    ("here", "says"),
    [
        (CPU, "no CUDA device"),
        (Machine("cuda", "a small card", 4e9, 4e9, 200e9), "needs at least"),
        (Machine("cuda", "a card", 80e9, 80e9, 8e9), "ordinary memory"),
    ],
)
def test_a_machine_that_is_too_small_is_told_what_would_fit(here, says, tiny, monkeypatch, capsys, tmp_path) -> None:
    from generator.wan import weights as module

    check = module.check_weights
    monkeypatch.setattr(module, "check_weights", lambda *a, **k: large(check(*a, **k)))
    monkeypatch.setattr(backends, "machine", lambda: here)
    monkeypatch.chdir(tmp_path)
    code, _, err = run(["make", "a ball falls", "--backend", f"wan2.2-t2v-a14b={tiny['t2v']}"], monkeypatch, capsys)
    assert one_sentence(code, err) and says in err and "use " in err, err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--guidance", "vace"], "choose two-clock or sdedit or none"),
        (["--guidance", "magic"], "no guidance"),
        (["--sigma-strong", "0.5"], "below the expert boundary"),
        (["--steps", "4", "--shift", "1"], "nothing would be guided"),
        (["--lightning"], "hybrid fetch lightning"),
        (["--lora", "/nowhere"], "no folder /nowhere"),
        (["--parallel", "3"], "3 GPUs do not divide"),
        (["--parallel", "2"], "torchrun --nproc-per-node 2"),
        (["--chunks", "many"], "or auto for the whole simulation"),
        (["--dilate", "9"], "from 0 to 8"),
        (["--dilate", "1", "--guidance", "sdedit"], "pins nothing"),
    ],
)
def test_what_the_model_cannot_do_is_refused_before_the_simulation(
    options, says, tiny, monkeypatch, capsys, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hybrid.pipeline.HybridPipeline.simulate", lambda *a, **k: pytest.fail("simulated"))
    monkeypatch.setenv("WORLD_SIZE", "3" if "3" in options else "1")  # as torchrun sets it
    code, _, err = run(
        ["make", "a ball falls", "--backend", f"wan2.2-t2v-a14b={tiny['t2v']}", *options], monkeypatch, capsys
    )
    assert one_sentence(code, err) and says in err.replace("  ", " "), err


# doctor and fetch -----------------------------------------------------------------------------------------------------------------------


def test_the_one_download_worth_making_depends_on_the_machine() -> None:
    assert worth_fetching(None) is None and worth_fetching(CPU) is None
    assert worth_fetching(H100)[0].name == "wan2.2-t2v-a14b"
    assert worth_fetching(Machine("cuda", "a card", 24e9, 24e9, 128e9))[0].name == "wan2.2-t2v-a14b"
    assert worth_fetching(Machine("cuda", "a card", 24e9, 24e9, 32e9))[0].name == "wan2.1-vace-1.3b"
    assert worth_fetching(Machine("cuda", "a card", 4e9, 4e9, 32e9)) is None


def test_doctor_names_every_model_and_one_download(monkeypatch, capsys) -> None:
    monkeypatch.setattr("generator.preview.best_variant", lambda: "scalar_rgb")
    monkeypatch.setattr(backends, "missing_packages", lambda: [])
    monkeypatch.setattr(backends, "machine", lambda: H100)
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = run(["doctor"], monkeypatch, capsys)
    assert code == 0 and all(name in out for name in SPECS)
    assert "hybrid fetch wan2.2-t2v-a14b, about 126 GB" in out and "--backend auto takes preview" in out


def test_doctor_shows_the_schedule_as_table_and_plot(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = run(
        ["doctor", "--schedule", "wan2.2-t2v-a14b", "--steps", "40", "-o", tmp_path / "plot.png"], monkeypatch, capsys
    )
    assert code == 0 and "24 of 40 steps run: 10 by the high-noise expert, 14 by the low-noise expert" in out
    assert (tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"
    for name in SPECS:
        code, out, _ = run(["doctor", "--schedule", name], monkeypatch, capsys)
        assert code == 0 and "steps run" in out
    code, _, err = run(["doctor", "--schedule", "preview"], monkeypatch, capsys)
    assert one_sentence(code, err)
    code, _, err = run(["doctor", "--schedule", "wan2.2-t2v-a14b", "-o", tmp_path / "plot.txt"], monkeypatch, capsys)
    assert one_sentence(code, err) and ".png" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["preview"], "needs no download"),
        (["wan9"], "no backend"),
        (["wan2.2-vace-fun-a14b", "--from", "modelscope"], "not on ModelScope"),
        (["wan2.1-vace-1.3b", "--from", "somewhere"], "huggingface and modelscope"),
        (["Wan-AI/Wan2.2-T2V-A14B"], "Wan-AI/Wan2.2-T2V-A14B-Diffusers"),
    ],
)
def test_fetch_refuses_what_it_cannot_have(arguments, says, monkeypatch, capsys) -> None:
    code, _, err = run(["fetch", *arguments], monkeypatch, capsys)
    assert one_sentence(code, err) and says in err, err


def test_fetch_offline_and_of_unknown_models_is_one_sentence(monkeypatch, capsys) -> None:
    pytest.importorskip("huggingface_hub")
    from huggingface_hub import errors

    code, _, err = run(["fetch", "alibaba/wan2.2-t2v-a14b"], monkeypatch, capsys)
    assert one_sentence(code, err) and "cannot be reached" in err and "Wan-AI/Wan2.2-T2V-A14B-Diffusers" in err

    class Answer:
        status_code, headers, request, text = 404, {}, None, ""

    def missing(*args, **kwargs):
        raise errors.RepositoryNotFoundError("404", response=Answer())

    monkeypatch.setattr("huggingface_hub.snapshot_download", missing)
    code, _, err = run(["fetch", "alibaba/wan2.2-t2v-a14b"], monkeypatch, capsys)
    assert one_sentence(code, err) and "has no model" in err and "Wan-AI/Wan2.2-T2V-A14B-Diffusers" in err


def test_fetch_downloads_checks_and_prints_the_folder(tiny, monkeypatch, capsys, tmp_path) -> None:
    pytest.importorskip("huggingface_hub")
    asked = {}

    def download(hub_id, **options):
        asked.update(hub_id=hub_id, **options)
        return str(tiny["t2v"])

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    monkeypatch.setattr("hybrid.fetch._check_disk", lambda *a: None)
    code, out, err = run(["fetch", "wan2.2-t2v-a14b", "--to", tmp_path / "here"], monkeypatch, capsys)
    assert code == 0 and str(tiny["t2v"]) in out and "about 126 GB" in err
    assert (
        asked["hub_id"] == T2V.hub_id
        and asked["local_dir"] == str(tmp_path / "here")
        and "*.safetensors" in asked["allow_patterns"]
    )


def test_pipeline_classes_exist() -> None:
    diffusers = pytest.importorskip("diffusers")
    assert all(hasattr(diffusers, name) for name in PIPELINE_CLASSES.values())
