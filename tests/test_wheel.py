"""The built wheel carries its data and runs away from the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_spaces_studies_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for file in (*ROOT.glob("search_spaces/*.yaml"), *ROOT.glob("studies/*.yaml")):
        assert f"autotune/{file.parent.name}/{file.name}" in names
    assert any(n.startswith("autotune/store/migrations/versions/0001") for n in names)
    assert "autotune/py.typed" in names
    assert {str(f.relative_to(ROOT)) for f in ROOT.glob("autotune/**/*.py")} <= names
    pages = [f for pattern in ("dashboards/**/*.py", "dashboards/assets/*") for f in ROOT.glob(pattern)]
    assert {f"autotune/{f.relative_to(ROOT)}" for f in pages} <= names
    assert {"morph.js", "page.css", "page.js", "points.js"} <= {f.name for f in pages}
    assert not any(n.startswith(("tests/", "studies/", "search_spaces/", "dashboards/")) for n in names)


def test_the_wheel_runs_from_another_folder(wheel, tmp_path):
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import autotune\n"
        f"assert autotune.__file__.startswith({str(site)!r}), autotune.__file__\n"
        "from autotune.space import SearchSpace, available_spaces\n"
        "assert {'quick', 'lora', 'encoder'} <= set(available_spaces())\n"
        f"assert str(available_spaces()['quick']).startswith({str(site)!r})\n"
        "from autotune.store import Store\n"
        "with Store.open('here.db') as store: print(store.studies())\n"
        "from autotune.settings import resolve\n"
        "print(resolve({}, file='demo').task.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["[]", "demo/docstrings"]
