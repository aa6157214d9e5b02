"""The index: built once, reused, rebuilt when the content changes, never read when stale."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.api.client import Client

from simulator.errors import StoreError
from simulator.knowledge import index as index_module
from simulator.knowledge.encoder import Encoder, Vectors
from simulator.knowledge.index import Entry, Index, entries_hash
from simulator.services import Services

ENTRIES = (
    Entry("onset", "says", "It began three days ago."),
    Entry("onset", "asks", "When did it begin?"),
    Entry("smoke", "says", "I smoke ten a day."),
)
CHANGED = (*ENTRIES[:2], Entry("smoke", "says", "I never smoked."))


class CountingEncoder(Encoder):
    """The real encoder, which also remembers how many texts it was given."""

    def __init__(self, real: Encoder) -> None:
        super().__init__(real.file.parent, real.adapter, real.base)
        self.real, self.texts = real, 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return self.real.encode(texts)


@pytest.fixture
def encoder(services: Services) -> CountingEncoder:
    return CountingEncoder(services.encoder)


@pytest.fixture
def index(tmp_path: Path, encoder: CountingEncoder) -> Index:
    return Index(tmp_path / "index", encoder)


def test_the_vectors_come_back_in_the_order_of_the_entries(
    index: Index, encoder: CountingEncoder
) -> None:
    matrix = index.load("script", "knee", ENTRIES)
    assert matrix.entries == ENTRIES
    expected = encoder.real.encode([e.text for e in ENTRIES])
    np.testing.assert_allclose(matrix.vectors, expected, atol=1e-6)


def test_an_index_is_built_once_and_reused_by_the_next_program(
    index: Index, encoder: CountingEncoder
) -> None:
    first = index.load("script", "knee", ENTRIES)
    again = Index(index.folder, encoder).load("script", "knee", ENTRIES)
    assert encoder.texts == len(ENTRIES)
    np.testing.assert_array_equal(first.vectors, again.vectors)


def test_changed_content_is_built_anew_and_the_stale_collection_dropped(
    index: Index, encoder: CountingEncoder
) -> None:
    index.load("script", "knee", ENTRIES)
    index.load("script", "knee", CHANGED)
    assert encoder.texts == 2 * len(ENTRIES)
    assert index.names() == [f"script-{entries_hash(CHANGED, encoder.id)}"]


def test_the_collections_of_others_are_left_alone(index: Index) -> None:
    index.load("script", "hip", ENTRIES[:1])
    index.load("guides", "knee", ENTRIES[:2])
    index.load("script", "knee", ENTRIES)
    index.load("script", "knee", CHANGED)
    assert len(index.names()) == 3


@pytest.mark.parametrize(
    "other",
    [
        CHANGED,
        ENTRIES[:2],
        tuple(reversed(ENTRIES)),
        (Entry("onset", "asks", ENTRIES[0].text), *ENTRIES[1:]),
        (Entry("end", "says", ENTRIES[0].text), *ENTRIES[1:]),
    ],
    ids=["text", "fewer", "order", "role", "owner"],
)
def test_a_name_changes_with_all_that_the_content_is_made_of(other: tuple[Entry, ...]) -> None:
    assert entries_hash(ENTRIES, "one") == entries_hash(tuple(ENTRIES), "one")
    assert entries_hash(other, "one") != entries_hash(ENTRIES, "one")
    assert entries_hash(ENTRIES, "one") != entries_hash(ENTRIES, "another")


def test_another_encoder_never_reads_the_vectors_of_this_one(
    index: Index, encoder: CountingEncoder
) -> None:
    index.load("script", "knee", ENTRIES)
    before = index.names()
    encoder.id = "another-encoder"
    index.load("script", "knee", ENTRIES)
    assert encoder.texts == 2 * len(ENTRIES)
    assert index.names() != before


def test_a_collection_says_which_encoder_made_it_and_whose_it_is(
    index: Index, encoder: CountingEncoder
) -> None:
    index.load("script", "knee", ENTRIES)
    collection = chromadb.PersistentClient(
        str(index.folder), chromadb.config.Settings(anonymized_telemetry=False)
    ).list_collections()[0]
    assert collection.metadata == {"kind": "script", "owner": "knee", "encoder": encoder.id}


@pytest.mark.parametrize("suffix", ["", "-new"], ids=["half filled", "not yet renamed"])
def test_what_an_interrupted_build_left_behind_is_built_again(index: Index, suffix: str) -> None:
    client = index._connect()
    name = f"script-{entries_hash(ENTRIES, index.encoder.id)}"
    half = client.create_collection(name + suffix, embedding_function=None)
    half.add(ids=["0"], embeddings=np.zeros((1, 384), dtype=np.float32))
    matrix = index.load("script", "knee", ENTRIES)
    np.testing.assert_allclose(np.linalg.norm(matrix.vectors, axis=1), 1.0, atol=1e-5)
    assert index.names() == [name]


def test_more_entries_than_one_batch_come_back_whole(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "BATCH", 2)
    matrix = index.load("script", "knee", ENTRIES)
    np.testing.assert_allclose(np.linalg.norm(matrix.vectors, axis=1), 1.0, atol=1e-5)


def test_no_entries_are_no_vectors(index: Index) -> None:
    assert index.load("script", "empty", ()).vectors.shape == (0, index.encoder.dimensions)


def test_an_index_that_is_a_file_is_a_sentence_with_the_remedy(
    tmp_path: Path, encoder: CountingEncoder
) -> None:
    (tmp_path / "index").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be used .*; check the folder's permissions"):
        Index(tmp_path / "index", encoder).load("script", "knee", ENTRIES)


def scribble(file: Path) -> None:
    file.write_bytes(b"scribble" * 4000)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scribble_in_the_middle(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:8192] + b"\xaa" * (len(content) - 8192))


def lose_rows(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM embeddings")
        database.execute("DELETE FROM embeddings_queue")


def lose_a_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TABLE segments")


@pytest.mark.parametrize(
    "damage", [Path.unlink, scribble, cut, scribble_in_the_middle, lose_rows, lose_a_table]
)
@pytest.mark.parametrize("running", [True, False], ids=["while running", "before the start"])
def test_an_index_that_was_damaged_or_deleted_is_built_anew(
    index: Index, encoder: CountingEncoder, damage: Callable[[Path], None], running: bool
) -> None:
    before = index.load("script", "knee", ENTRIES)
    damage(index.folder / "chroma.sqlite3")
    asked = index if running else Index(index.folder, encoder)
    if not running:
        Client.clear_system_cache()
    np.testing.assert_array_equal(asked.load("script", "knee", ENTRIES).vectors, before.vectors)
    hip = asked.load("script", "hip", CHANGED)
    assert hip.entries == CHANGED
    asked.check()


def test_a_folder_deleted_while_running_is_built_anew(index: Index) -> None:
    before = index.load("script", "knee", ENTRIES)
    shutil.rmtree(index.folder)
    with pytest.raises(StoreError, match="cannot be used"):
        index.check()
    np.testing.assert_array_equal(index.load("script", "knee", ENTRIES).vectors, before.vectors)
    index.check()


def test_rebuilding_over_and_over_leaves_nothing_behind(index: Index) -> None:
    def size() -> int:
        return sum(f.stat().st_size for f in index.folder.rglob("*") if f.is_file())

    index.load("script", "knee", ENTRIES)
    index.load("script", "knee", CHANGED)
    once = size()
    for _ in range(5):
        index.load("script", "knee", ENTRIES)
        index.load("script", "knee", CHANGED)
    assert len([p for p in index.folder.iterdir() if p.is_dir()]) == 1
    assert size() < 1.2 * once
