"""The reader as it is trained: an encoder with adapters, and the heads on its tokens.

It computes what `understanding.reader` computes when the program runs; a test keeps the two alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.knowledge.encoder import CONTEXT_TOKENS, MAX_TOKENS
from simulator.patient.understanding.reader import PEAK, SHARPNESS
from training.lora import Adapters, attach

DOC_TOKENS = 48
NOTHING = -1e4


@dataclass(slots=True)
class Batch:
    """Turns as tokens: ids and mask, which tokens belong to the turn, and where these stand."""

    inputs: dict[str, Any]
    inside: Any
    spans: list[list[tuple[int, int]]]


class Network:
    """Everything that is trained."""

    def __init__(self, weights: Path, acts: Sequence[str]) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        self.acts = tuple(acts)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = AutoTokenizer.from_pretrained(str(weights))
        self.encoder = AutoModel.from_pretrained(str(weights)).to(self.device)
        self.adapters: Adapters = attach(self.encoder)
        self.width, n = int(self.encoder.config.hidden_size), len(self.acts)
        made: dict[str, Any] = {
            "acts.token": torch.randn(n, self.width) * 0.02,
            "acts.mean": torch.randn(n, self.width) * 0.02,
            "acts.bias": torch.full((n,), -3.0),
            "lines.mix": torch.tensor([10.0, 8.0]),
            "lines.bias": torch.tensor([-9.0, -9.5]),
        }
        self.heads = {k: torch.nn.Parameter(v.to(self.device)) for k, v in made.items()}

    def groups(self) -> list[dict[str, Any]]:
        """Parameters for an optimiser; heads learn faster than adapters."""
        adapters = [p for pair in self.adapters.values() for p in pair]
        acts = [p for name, p in self.heads.items() if name.startswith("acts")]
        lines = [p for name, p in self.heads.items() if name.startswith("lines")]
        return [
            {"params": adapters, "weight_decay": 0.01},
            {"params": acts, "times": 10.0},
            {"params": lines, "times": 30.0},
        ]

    def tokens(self, contexts: Sequence[str], turns: Sequence[str]) -> Batch:
        """Turns after their contexts, cut as the program cuts them."""
        import torch

        first, last = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        rows, inside, spans = [], [], []
        for context, turn in zip(contexts, turns, strict=True):
            before = self._ids(context)["input_ids"][-CONTEXT_TOKENS:] if context else []
            said = self._ids(turn)
            ids, places = said["input_ids"][:MAX_TOKENS], said["offset_mapping"][:MAX_TOKENS]
            lead = [first, *before, last] if before else [first]
            rows.append([*lead, *ids, last])
            inside.append([0] * len(lead) + [1] * len(ids) + [0])
            spans.append([(int(a), int(b)) for a, b in places])
        width = max(map(len, rows))
        pad = self.tokenizer.pad_token_id
        inputs = {
            "input_ids": [r + [pad] * (width - len(r)) for r in rows],
            "attention_mask": [[1] * len(r) + [0] * (width - len(r)) for r in rows],
        }
        held = {k: torch.tensor(v, device=self.device) for k, v in inputs.items()}
        within = torch.tensor([i + [0] * (width - len(i)) for i in inside], device=self.device)
        return Batch(held, within, spans)

    def _ids(self, text: str) -> Any:
        return self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)

    def states(self, inputs: dict[str, Any]) -> Any:
        """Token vectors, shape (texts, tokens, width); on a CPU short and long texts apart."""
        import torch

        lengths = inputs["attention_mask"].sum(1)
        order, width = lengths.argsort(), inputs["input_ids"].shape[1]
        found = torch.zeros(*inputs["input_ids"].shape, self.width, device=self.device)
        for part in torch.tensor_split(order, 2 if self.device.type == "cpu" else 1):
            if len(part):
                n = int(lengths[part].max())
                with torch.autocast(self.device.type, dtype=torch.bfloat16):
                    got = self.encoder(**{k: v[part, :n] for k, v in inputs.items()})[0].float()
                padded = torch.nn.functional.pad(got, (0, 0, 0, width - n))
                found = found.index_put((part,), padded)
        return found

    def vectors(self, texts: Sequence[str]) -> Any:
        """Unit vectors of lines, shape (texts, width)."""
        inputs = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=DOC_TOKENS, return_tensors="pt"
        )
        inputs = {k: inputs[k].to(self.device) for k in ("input_ids", "attention_mask")}
        return mean(self.states(inputs), inputs["attention_mask"])

    def match(self, states: Any, inside: Any, lines: Any) -> tuple[Any, Any]:
        """For each turn and line its score without offset, and the weights of the tokens."""
        import torch

        cosines = torch.nn.functional.normalize(states, dim=-1) @ lines.T
        outside = ~inside.unsqueeze(-1).bool()
        weights = torch.softmax((SHARPNESS * cosines).masked_fill(outside, NOTHING), dim=1)
        token = (weights * cosines).sum(1)
        mix = self.heads["lines.mix"]
        return mix[0] * token + mix[1] * (mean(states, inside) @ lines.T), weights

    def act_logits(self, states: Any, inside: Any) -> Any:
        """For each turn and act a logit: its strongest tokens and the turn as a whole."""
        import torch

        outside = ~inside.unsqueeze(-1).bool()
        peaks = (PEAK * (states @ self.heads["acts.token"].T)).masked_fill(outside, NOTHING)
        weight = inside.unsqueeze(-1).float()
        whole = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
        peak = torch.logsumexp(peaks, dim=1) / PEAK
        return peak + whole @ self.heads["acts.mean"].T + self.heads["acts.bias"]

    def load(self, file: Path) -> None:
        """Go on from what `write` wrote; acts that it does not know stay untrained."""
        from safetensors import safe_open

        with safe_open(str(file), framework="pt") as opened:
            for name, pair in self.adapters.items():
                for side, parameter in zip(("down", "up"), pair, strict=True):
                    parameter.data.copy_(opened.get_tensor(f"{name}.{side}"))
            known = json.loads(opened.metadata()["acts"])
            rows = [self.acts.index(a) for a in known]
            for name, parameter in self.heads.items():
                kept = opened.get_tensor(name).to(self.device)
                at = rows if name.startswith("acts") else slice(None)
                parameter.data[at] = kept

    def write(self, file: Path, learned: Mapping[str, int] | None = None) -> None:
        """Write adapters in half precision, the heads, and how many rows of labels were known."""
        from safetensors.torch import save_file

        tensors = {
            f"{name}.{side}": tensor.detach().half().contiguous()
            for name, pair in self.adapters.items()
            for side, tensor in zip(("down", "up"), pair, strict=True)
        }
        tensors |= {k: v.detach().float().contiguous() for k, v in self.heads.items()}
        file.parent.mkdir(parents=True, exist_ok=True)
        about = {"acts": json.dumps(self.acts), "learned": json.dumps(learned or {})}
        save_file(tensors, str(file), metadata=about)


def learned_by(file: Path) -> dict[str, int]:
    """How many rows of each file of labels a trained part has met; none where there is none."""
    from safetensors import safe_open

    if not file.is_file():
        return {}
    with safe_open(str(file), framework="pt") as opened:
        return {k: int(v) for k, v in json.loads(opened.metadata().get("learned", "{}")).items()}


def mean(states: Any, mask: Any) -> Any:
    """The unit mean of the tokens that the mask keeps."""
    import torch

    weight = mask.unsqueeze(-1).float()
    total = (states * weight).sum(1) / weight.sum(1).clamp(min=1e-6)
    return torch.nn.functional.normalize(total, dim=1)
