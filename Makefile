# Two commands: `make clip` and `make test`. Each makes the environment when it is absent.
PYTHON ?= $(shell command -v python3.11 || command -v python3.10 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-for-tests
TEXT ?= A red rubber ball falls from a second-floor balcony, bounces three times on concrete and comes to rest
OUT ?= out/clip
WORKERS ?= 2

.PHONY: clip test test-slow lint types benchmark docs clean

$(STAMP): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 12))' || \
		{ echo "CPython 3.10 or 3.11 is needed (PyBullet has wheels for these alone): make clip PYTHON=/path/to/python3.11"; exit 2; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $(STAMP)

# The tests also run the video model's pipelines, on tiny random weights: torch and diffusers come with them.
$(TEST_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test,wan]'
	touch $(TEST_STAMP)

clip: $(STAMP)
	$(BIN)/hybrid make "$(TEXT)" -o "$(OUT)"

test: $(TEST_STAMP) lint types
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-slow: $(TEST_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m slow

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TEST_STAMP)
	$(BIN)/mypy

benchmark: $(TEST_STAMP)
	$(BIN)/python -m tests.benchmarks

docs: $(STAMP)
	$(BIN)/python -m sim.checks

clean:
	rm -rf $(VENV) out build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
