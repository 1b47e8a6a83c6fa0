# Everything runs from here; each target does the set-up it needs and may be repeated.
.DEFAULT_GOAL := help
SHELL := bash
BIN := .venv/bin
DEMO := .demo
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup setup-dev demo serve test check format household calibrate bench-crypto bench-unlock bench-ingest bench-reading bench-duplicates bench-chat bench-voice bench-ask bench-decoding eval attacks clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@scripts/setup.sh

setup-dev:
	@scripts/setup.sh dev

demo: setup ## set up, read examples/household into a throwaway vault, ask it questions
	@$(BIN)/python examples/demo.py $(DEMO)

serve: setup ## serve the API on this machine: your vault, or the demo's when MEMX_HOME is not set
	@if [ -n "$$MEMX_HOME" ]; then exec $(BIN)/memx serve; fi; \
	 [ -d $(DEMO)/vault ] || $(MAKE) --no-print-directory demo; \
	 MEMX_HOME=$(DEMO)/vault MEMX_PASSPHRASE_FILE=$(DEMO)/passphrase exec $(BIN)/memx serve

test: setup-dev ## set up, then the whole test suite: fast tests first, then the slow ones, then those that need the models
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not models and not slow" --cov --cov-report=
	@$(BIN)/pytest -q -m slow --cov --cov-append --cov-report=
	@$(BIN)/pytest -q -m models --cov --cov-append --cov-report=term --cov-fail-under=90

check: setup-dev ## format, lint, strict types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup-dev ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

household: setup-dev ## make examples/household again from its script
	@$(BIN)/python examples/make_household.py

calibrate: setup-dev ## fit the witnesses' weights and thresholds on the development set
	@$(BIN)/python -m distill.calibrate tests/data/devset memx/answer/weights.toml

bench-crypto: setup-dev ## how much of the bare cipher's speed sealing and unsealing keep
	@$(BIN)/python -m benchmarks.crypto

bench-unlock: setup ## how soon after unlocking a vault of 1,000, 10,000 and 50,000 chunks can be searched
	@$(BIN)/python -m benchmarks.unlock

bench-ingest: setup-dev ## how much of the speed of bare Tesseract and PDFium reading keeps, and the memory of 500 pages
	@$(BIN)/python -m benchmarks.ingest

bench-reading: setup-dev ## how well photos and scans are read, beside bare Tesseract
	@$(BIN)/python -m benchmarks.reading

bench-duplicates: setup-dev ## how well near-duplicates are told from other receipts of the same shop
	@$(BIN)/python -m benchmarks.duplicates

bench-chat: setup-dev ## how fast and how completely a chat of 500,000 messages is read, beside whatstk and chat-miner
	@$(BIN)/python -m benchmarks.chat

bench-voice: setup-dev ## how fast and how well recordings are heard, beside bare faster-whisper
	@$(BIN)/python -m benchmarks.voice

bench-ask: setup ## how long an answer takes, in a vault of 10,000 chunks and in one of 100,000
	@$(BIN)/python -m benchmarks.ask

bench-decoding: setup ## what the constraint costs in decoding, beside bare llama-cpp-python
	@$(BIN)/python -m benchmarks.decoding

eval: setup-dev ## ask the questions of the set written by hand, and score the answers
	@$(BIN)/memx eval examples/evalset/written

attacks: setup-dev ## how often a hostile document changes an answer
	@$(BIN)/python examples/try_attacks.py

clean: ## remove the demo and caches (models and the virtual environment stay)
	@rm -rf $(DEMO) build .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
