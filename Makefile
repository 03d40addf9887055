# Two commands do everything: `make chat` and `make test`. Both set up what they need and can be run again at once.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: chat ask test check model clean
.DEFAULT_GOAL := chat

chat: $(READY)  ## open the coach in the terminal
	@$(BIN)/mediation-coach model install || echo "Going on without the embedding model."
	@$(BIN)/mediation-coach chat

ask: $(READY)  ## ask once: make ask Q="they walked out, what now"
	@$(BIN)/mediation-coach ask "$(Q)"

test: $(READY_DEV)  ## check and test everything
	@$(BIN)/mediation-coach model install
	@scripts/check
	@$(BIN)/pytest -n 2 --dist loadgroup

check: $(READY_DEV)  ## types, style, floors, cards
	@scripts/check

model: $(READY)  ## fetch the embedding model
	@$(BIN)/mediation-coach model install

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up; this takes a minute or two the first time."
	@$(PYTHON) -m venv .venv

$(READY): pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(READY_DEV): $(READY)
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:  ## remove what set-up made
	rm -rf .venv
