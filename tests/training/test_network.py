"""What is trained is what runs: the network and the program's reader agree on the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from simulator.knowledge.encoder import Encoder, Tokens, Vectors, unit
from simulator.knowledge.export import export_encoder
from simulator.knowledge.weights import digest_of
from simulator.patient.understanding.context import context_of
from simulator.patient.understanding.reader import FACT, TOPIC, Reader
from tests.training.conftest import TINY
from training.network import Network, learned_by, mean

ACTS = ("greeting", "ask", "open", "closed")
TURNS = [
    ("", "Any fever?"),
    ("Hello. / My knee hurts.", "When did it start, and what makes it worse?"),
    ("Well? / " + "pain " * 60, "Do you smoke?"),
    ("  ", "And how are you, Señora? 😀 naïve"),
    ("Go on. / …", "hypogammaglobulinaemia " * 20 + "too?"),
    ("Okay. / I cough at night.", "ok"),
]
CONTEXTS, SAID = [c for c, _ in TURNS], [t for _, t in TURNS]
LINES = ["My knee hurts.", "It began three days ago.", "I smoke.", "Fever. I've had no fever."]


class Given(Encoder):
    """An encoder whose tokens are given, so that what is made of them can be compared alone."""

    def __init__(self, file: Path, tokens: Sequence[Tokens]) -> None:
        super().__init__(file.parent, file, TINY)
        self.tokens = dict(zip(TURNS, tokens, strict=True))

    def read(self, context: str, turn: str) -> Tokens:
        return self.tokens[context, turn]


@dataclass(frozen=True)
class Trained:
    """A network as if it had been trained, what it makes of the turns, and the file it wrote."""

    network: Network
    file: Path
    inside: Any
    states: Any
    lines: Any

    @property
    def tokens(self) -> list[Tokens]:
        """The vectors of each turn's own tokens, and of those before it."""
        every = self.network.tokens(CONTEXTS, SAID).spans
        found = []
        for states, inside, spans in zip(self.states, self.inside, every, strict=True):
            first = int(inside.argmax())
            own = states[inside.bool()].numpy()
            found.append(Tokens(own, tuple(spans), states[1 : max(1, first - 1)].numpy()))
        return found


@pytest.fixture(scope="module")
def trained(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    torch.manual_seed(5)
    network = Network(tiny_weights, ACTS)
    network.encoder.eval()
    with torch.no_grad():
        for _, up in network.adapters.values():
            up.normal_(std=0.05)
        for name in ("acts.token", "acts.mean"):
            network.heads[name].normal_(std=0.2)
        network.heads["acts.bias"].copy_(torch.tensor([-1.0, 0.0, 0.5, 1.0]))
        network.heads["lines.mix"].copy_(torch.tensor([7.0, 3.0]))
        network.heads["lines.bias"].copy_(torch.tensor([-4.0, -2.0]))
        batch = network.tokens(CONTEXTS, SAID)
        states, lines = network.states(batch.inputs), network.vectors(LINES)
    file = tmp_path_factory.mktemp("written") / "deeper" / "reader-tiny.safetensors"
    network.write(file)
    return Trained(network, file, batch.inside, states, lines)


@pytest.fixture(scope="module")
def encoder(trained: Trained, tiny_weights: Path) -> Encoder:
    """The program's encoder on what was written, exported as the program exports it."""
    made = Encoder(trained.file.parent / "cache", trained.file, TINY)
    export_encoder(tiny_weights, trained.file, made.file)
    tokens = (tiny_weights / "tokenizer.json").read_bytes()
    made.file.with_suffix(".tokens.json").write_bytes(tokens)
    made.file.with_suffix(".sha256").write_text(digest_of(made.file), encoding="ascii")
    return made


@pytest.fixture(scope="module")
def reader(trained: Trained) -> Reader:
    """The program's reader on the network's own tokens."""
    return Reader(Given(trained.file, trained.tokens))


def test_the_program_cuts_a_turn_and_its_context_as_training_does(
    trained: Trained, encoder: Encoder
) -> None:
    found = [encoder.read(context, turn) for context, turn in TURNS]
    assert [f.spans for f in found] == [t.spans for t in trained.tokens]
    assert [len(f.states) for f in found] == trained.inside.sum(dim=1).tolist()


def test_the_program_s_tokens_are_those_of_training(trained: Trained, encoder: Encoder) -> None:
    for (context, turn), tokens in zip(TURNS, trained.tokens, strict=True):
        found = unit(encoder.read(context, turn).states)
        cosines = np.sum(found * unit(tokens.states), axis=1)
        assert np.median(cosines) > 0.99, turn
        assert cosines.min() > 0.95, turn


def test_the_program_s_lines_are_those_of_training(trained: Trained, encoder: Encoder) -> None:
    assert np.sum(encoder.encode(LINES) * trained.lines.numpy(), axis=1).min() > 0.99


def test_the_program_hears_the_acts_that_training_hears(trained: Trained, reader: Reader) -> None:
    logits = trained.network.act_logits(trained.states, trained.inside).detach()
    expected = torch.sigmoid(logits).numpy()
    found = [reader.read(context, turn).acts for context, turn in TURNS]
    assert [tuple(acts) for acts in found] == [ACTS] * len(TURNS)
    np.testing.assert_allclose([list(a.values()) for a in found], expected, atol=1e-4)
    assert expected.std() > 0.1


@pytest.mark.parametrize("kind", [FACT, TOPIC])
def test_the_program_scores_lines_as_training_does(
    trained: Trained, reader: Reader, kind: int
) -> None:
    scores, _ = trained.network.match(trained.states, trained.inside, trained.lines)
    expected = (scores + trained.network.heads["lines.bias"][kind]).detach().numpy()
    lines: Vectors = trained.lines.numpy()
    matches = [reader.match(reader.read(context, turn), lines) for context, turn in TURNS]
    found = [reader.logits(match, kind) for match in matches]
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert expected.std() > 0.1


def test_the_same_tokens_look_at_a_line_in_both(trained: Trained, reader: Reader) -> None:
    _, weights = trained.network.match(trained.states, trained.inside, trained.lines)
    for row, (context, turn) in enumerate(TURNS):
        own = weights[row][trained.inside[row].bool()].detach().numpy()
        found = reader.match(reader.read(context, turn), trained.lines.numpy()).weights
        np.testing.assert_allclose(found, own, atol=1e-4)
        np.testing.assert_allclose(weights[row].sum(dim=0).detach(), 1.0, atol=1e-4)


def test_exported_and_quantised_the_whole_reader_still_says_much_the_same(
    trained: Trained, reader: Reader, encoder: Encoder
) -> None:
    running, lines = Reader(encoder), encoder.encode(LINES)
    for context, turn in TURNS:
        found, expected = running.read(context, turn), reader.read(context, turn)
        np.testing.assert_allclose(
            list(found.acts.values()), list(expected.acts.values()), atol=0.05
        )
        says = running.logits(running.match(found, lines), FACT)
        said = reader.logits(reader.match(expected, trained.lines.numpy()), FACT)
        np.testing.assert_allclose(says, said, atol=0.3)


def test_a_turn_too_long_to_hold_is_read_in_stretches_each_after_the_one_before(
    encoder: Encoder,
) -> None:
    reader = Reader(encoder)
    first = "Any fever, " + "pain " * 37 + "or cough?"
    second = "Hello " + "pain " * 20 + "and so on."
    whole = reader.read(CONTEXTS[1], f"{first} {second}")
    parts = [reader.read(CONTEXTS[1], first), reader.read(context_of(first, ""), second)]
    shift = len(first) + 1
    assert whole.spans == (
        *parts[0].spans,
        *((a + shift, b + shift) for a, b in parts[1].spans),
    )
    np.testing.assert_allclose(whole.tokens, np.concatenate([p.tokens for p in parts]), atol=1e-6)
    assert whole.acts == {a: max(p.acts[a] for p in parts) for a in ACTS}
    np.testing.assert_allclose(np.linalg.norm(whole.mean), 1.0, atol=1e-5)


def test_a_turn_without_words_is_read_all_the_same(encoder: Encoder) -> None:
    read = Reader(encoder).read(CONTEXTS[1], "")
    assert read.spans == ((0, 0),)
    assert tuple(read.acts) == ACTS
    assert Reader(encoder).match(read, encoder.encode(LINES)).token.shape == (len(LINES),)


def test_what_is_written_is_adapters_in_half_precision_heads_and_the_names_of_acts(
    trained: Trained,
) -> None:
    with safe_open(str(trained.file), framework="pt") as opened:
        kept = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        assert opened.metadata()["acts"] == '["greeting", "ask", "open", "closed"]'
    heads = trained.network.heads
    sides = {f"{name}.{side}" for name in trained.network.adapters for side in ("down", "up")}
    assert set(kept) == sides | set(heads)
    assert {kept[name].dtype for name in sides} == {torch.float16}
    assert all(torch.equal(kept[name], heads[name].detach()) for name in heads)


def test_adapters_and_heads_are_trained_each_in_one_group(trained: Trained) -> None:
    network = trained.network
    grouped = [id(p) for group in network.groups() for p in group["params"]]
    wanted = [id(p) for pair in network.adapters.values() for p in pair]
    wanted += [id(p) for p in network.heads.values()]
    assert sorted(grouped) == sorted(wanted)


def test_a_turn_is_read_alike_whatever_stands_beside_it_in_a_batch(trained: Trained) -> None:
    with torch.no_grad():
        for row, (context, turn) in enumerate(TURNS):
            batch = trained.network.tokens([context], [turn])
            alone = mean(trained.network.states(batch.inputs), batch.inside)
            beside = mean(trained.states[row : row + 1], trained.inside[row : row + 1])
            assert float((alone * beside).sum()) > 0.999


def test_two_encoders_that_are_exported_at_once_both_come_out_whole(
    tiny_weights: Path, tmp_path: Path
) -> None:
    files = [tmp_path / name / "encoder.onnx" for name in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda file: export_encoder(tiny_weights, None, file), files))
    assert files[0].read_bytes() and files[1].is_file()


def test_a_trained_part_knows_how_many_rows_it_has_met(trained: Trained, tmp_path: Path) -> None:
    file = tmp_path / "again.safetensors"
    assert learned_by(file) == {} == learned_by(trained.file)
    trained.network.write(file, {"own.jsonl": 3})
    assert learned_by(file) == {"own.jsonl": 3}
