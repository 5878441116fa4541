# Two commands do all on a fresh machine with Python 3.11, pip and make:
#   make demo    the experiment, to one HTML page
#   make test    every check
# Both build the wheel and install it, not the source tree. Stamp files keep a second run short.

PYTHON ?= $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)
PYTEST_ARGS ?=

VENV := .venv
NEWEST := .venv-newest
PEERS := .venv-peers
WHEEL := $$(echo dist/featuretopo-*.whl)
TESTS := --pyargs featuretopo --doctest-modules ./tests --durations=10

# Folders too, so that a deleted file is noticed.
SOURCES := $(shell find featuretopo -name __pycache__ -prune -o -print) \
	pyproject.toml LICENSE $(wildcard README.md)

unexport PYTHONPATH
export PYTHONNOUSERSITE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test lint test-slow test-newest docs bench-peers bench-train bench-pipeline check-peers wheel clean

help: ## print this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(VENV)/.wheel ## run the demo experiment; writes runs/demo/report.html
	$(VENV)/bin/featuretopo demo --out runs/demo --words data/minilm_words.safetensors

test: lint $(VENV)/.wheel $(VENV)/.dev ## lint, then test the installed wheel, with coverage
	FEATURETOPO_TESTS_WHEEL=1 $(VENV)/bin/pytest --cov $(TESTS) $(PYTEST_ARGS)

test-slow: $(VENV)/.wheel $(VENV)/.dev ## what takes minutes: published results, reached again
	FEATURETOPO_TESTS_WHEEL=1 $(VENV)/bin/pytest -m long ./tests --durations=10 $(PYTEST_ARGS)

lint: $(VENV)/.dev ## ruff, mypy and import-linter
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

test-newest: $(NEWEST)/.wheel ## the tests once more, on the newest dependencies and without giotto-tda
	$(NEWEST)/bin/pip list | grep -iE '^(numpy|scikit-learn|scipy|torch|umap-learn) '
	FEATURETOPO_TESTS_WHEEL=1 $(NEWEST)/bin/pytest $(TESTS) $(PYTEST_ARGS)

docs: $(VENV)/.wheel $(VENV)/.docs ## build the documentation site: docs/_build/html/index.html
	rm -rf docs/_build docs/reference
	$(VENV)/bin/sphinx-build -q --fail-on-warning -b html -d docs/_build/doctrees docs docs/_build/html

bench-peers: $(VENV)/.wheel $(PEERS)/.runtime ## generation of activations, beside sae-lens
	$(VENV)/bin/python benchmarks/generate.py --peer $(PEERS)/bin/python

check-peers: $(VENV)/.wheel $(PEERS)/.sparsify ## our SAE files, as sae-lens and sparsify load them
	$(VENV)/bin/python benchmarks/peer_files.py --peer $(PEERS)/bin/python

bench-train: $(VENV)/.wheel $(PEERS)/.runtime ## training of SAEs, beside sae-lens
	$(VENV)/bin/python benchmarks/train.py --peer $(PEERS)/bin/python

bench-pipeline: $(VENV)/.wheel $(PEERS)/.topology ## the demo's work, beside the same by hand with other libraries
	$(VENV)/bin/python benchmarks/pipeline.py --peer $(PEERS)/bin/python

wheel: dist/.built ## build the wheel into dist/

clean: ## remove the environments, the wheel and the caches; keep runs/
	rm -rf $(VENV) $(NEWEST) $(PEERS) dist docs/_build docs/reference htmlcov .coverage .coverage.* .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# ---- the wheel

dist/.built: $(SOURCES) | $(VENV)/.python
	rm -f dist/*.whl
	$(VENV)/bin/pip wheel -qq --no-deps --no-build-isolation --wheel-dir dist .
	@touch $@

# ---- the environment that constraints.txt pins, with giotto-tda

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo 'No Python found: install Python 3.11.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || { \
		echo "The pinned environment needs Python 3.11 (or 3.12), but $(PYTHON) is" \
			"$$($(PYTHON) --version 2>&1); install 3.11 or say: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -qq --constraint constraints.txt hatchling
	@touch $@

$(VENV)/.runtime: pyproject.toml constraints.txt | dist/.built
	$(VENV)/bin/pip install -qq --constraint constraints.txt "$(WHEEL)[giotto]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.runtime
	$(VENV)/bin/pip install -qq --constraint constraints.txt "$(WHEEL)[giotto,dev]"
	@touch $@

$(VENV)/.docs: pyproject.toml constraints.txt | $(VENV)/.runtime
	$(VENV)/bin/pip install -qq --constraint constraints.txt "$(WHEEL)[docs]"
	@touch $@

# ---- the environment of the newest releases: torch alone is pinned

$(NEWEST)/.runtime: pyproject.toml constraints.txt | dist/.built
	rm -rf $(NEWEST)
	$(VENV)/bin/python -m venv $(NEWEST)
	$(NEWEST)/bin/pip install -qq "$$(grep '^torch==' constraints.txt)" "$(WHEEL)[test]"
	@touch $@

# ---- what we measure ourselves against, in an environment of its own

$(PEERS)/.runtime: constraints.txt | $(VENV)/.python
	rm -rf $(PEERS)
	$(VENV)/bin/python -m venv $(PEERS)
	$(PEERS)/bin/pip install -qq "$$(grep '^torch==' constraints.txt)" sae-lens==6.54.0
	@touch $@

$(PEERS)/.sparsify: $(PEERS)/.runtime
	$(PEERS)/bin/pip install -qq eai-sparsify==1.3.3
	@touch $@

$(PEERS)/.topology: $(PEERS)/.runtime
	$(PEERS)/bin/pip install -qq kmapper==2.1.0 persim==0.4.1 ripser==0.6.15 scikit-learn==1.9.1 umap-learn==0.5.12
	@touch $@

# ---- a changed source reinstalls the wheel and nothing else

%/.wheel: dist/.built %/.runtime
	$*/bin/pip install -qq --no-deps --force-reinstall "$(WHEEL)"
	@touch $@
