"""The library: a folder of scripts, of which a broken one does not take the others along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from simulator.errors import ScriptError, UnknownScript
from simulator.scripts.library import content_hash, find_script, load_library
from simulator.scripts.schema import PatientScript
from simulator.settings import ROOT
from tests.conftest import make_script


def write(folder: Path, name: str, script: PatientScript) -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(script.model_dump(mode="json", by_alias=True)), encoding="utf-8")
    return path


def test_the_shipped_scripts_all_load_and_some_are_open_for_practice() -> None:
    library = load_library(ROOT / "patient_scripts")
    assert library.problems == ()
    assert len(library.scripts) == len(list((ROOT / "patient_scripts").glob("*.yaml")))
    assert library.released()


def test_a_broken_script_is_reported_and_the_rest_stay_usable(tmp_path: Path) -> None:
    write(tmp_path, "good.yaml", make_script())
    (tmp_path / "bad.yaml").write_text("schema: 1\nid: bad\n", encoding="utf-8")
    library = load_library(tmp_path)
    assert list(library.scripts) == ["sore-knee"]
    assert len(library.problems) == 1
    assert f"{tmp_path / 'bad.yaml'}:1 version: is required" in library.problems[0]


def test_of_two_files_with_one_id_the_second_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", make_script(title="First"))
    write(tmp_path, "b.yaml", make_script(title="Second"))
    library = load_library(tmp_path)
    assert library.get("sore-knee").title == "First"
    assert library.problems == (
        f"{tmp_path / 'b.yaml'}:1 id: 'sore-knee' is taken by another file; choose another",
    )


def test_residents_are_offered_what_is_released_and_testers_all_that_is_not_retired(
    tmp_path: Path,
) -> None:
    for status in ("draft", "review", "pilot", "released", "retired"):
        write(tmp_path, f"{status}.yaml", make_script(id=status, status=status, title=status))
    library = load_library(tmp_path)
    assert [s.title for s in library.offered(testing=False)] == ["released"]
    tested = ["draft", "pilot", "released", "review"]
    assert [s.title for s in library.offered(testing=True)] == tested


def test_a_guided_first_step_is_offered_and_no_whole_case(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", make_script(guided=True))
    library = load_library(tmp_path)
    assert (library.released(), len(library.offered(testing=False))) == ([], 1)


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [("sore-kne", "did you mean 'sore-knee'?"), ("zzz", "there are: sore-knee")],
)
def test_an_unknown_id_is_answered_with_the_nearest_or_all_there_are(
    tmp_path: Path, wanted: str, hint: str
) -> None:
    write(tmp_path, "a.yaml", make_script())
    with pytest.raises(UnknownScript) as caught:
        load_library(tmp_path).get(wanted)
    assert str(caught.value) == f"There is no patient script {wanted!r}; {hint}"


def test_an_empty_or_missing_folder_names_the_variable_that_chooses_it(tmp_path: Path) -> None:
    with pytest.raises(UnknownScript, match="none at all; see VSP_SCRIPTS_DIR"):
        find_script("sore-knee", tmp_path / "nowhere")


def test_a_script_is_found_by_id_and_by_a_path_anywhere(tmp_path: Path) -> None:
    shelf, elsewhere = tmp_path / "shelf", tmp_path / "elsewhere"
    shelf.mkdir()
    elsewhere.mkdir()
    write(shelf, "any-name.yaml", make_script())
    other = write(elsewhere, "other.txt", make_script(id="other"))
    assert find_script("sore-knee", shelf).id == "sore-knee"
    assert find_script(str(other), shelf).id == "other"


def test_a_script_known_by_its_file_but_broken_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    (tmp_path / "sore-knee.yaml").write_text("schema: 1\n", encoding="utf-8")
    with pytest.raises(ScriptError, match=r"sore-knee\.yaml:1 id: is required"):
        find_script("sore-knee", tmp_path)


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownScript, match=r"gone\.yaml: cannot be read"):
        find_script("gone.yaml", tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda: make_script(title="Another"),
        lambda: make_script(denies=[]),
        lambda: make_script(opening="My right knee has been hurting, doctor."),
    ],
)
def test_the_content_hash_changes_with_any_part_and_only_then(
    change: Callable[[], PatientScript],
) -> None:
    assert content_hash(make_script()) == content_hash(make_script())
    assert content_hash(change()) != content_hash(make_script())


def test_while_a_new_edition_is_a_pilot_residents_meet_the_one_that_is_released(
    tmp_path: Path,
) -> None:
    folder, published = tmp_path / "scripts", tmp_path / "cases"
    (published / "sore-knee").mkdir(parents=True)
    folder.mkdir()
    write(folder, "a.yaml", make_script(status="released", version="1.0.0"))
    write(published / "sore-knee", "1.1.0.yaml", make_script(status="pilot", version="1.1.0"))
    library = load_library(folder, published)
    assert [s.version for s in library.offered(testing=False)] == ["1.0.0"]
    assert [s.version for s in library.offered(testing=True)] == ["1.1.0"]
    assert library.playable("sore-knee", testing=False).version == "1.0.0"
    assert library.playable("sore-knee", testing=True).version == "1.1.0"
    write(published / "sore-knee", "1.2.0.yaml", make_script(status="retired", version="1.2.0"))
    assert load_library(folder, published).offered(testing=False) == []
