# The two commands to know: `make run` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

LISTEN ?= 127.0.0.1:8080
DATA ?= feedme-data
ONLY ?=
SECONDS_OF_SOAK ?= 600
# The version is pinned so that a new release of the tool cannot fail an old commit.
CARGO_DENY := 0.20.2

.PHONY: help run test check fmt bench soak deny setup setup-test clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: setup ## Build FeedMe and serve it (LISTEN=127.0.0.1:8080 DATA=feedme-data)
	cargo build --release --locked -p feedme
	./target/release/feedme serve --open --listen $(LISTEN) --data $(DATA)

test: setup-test check ## Run every check and every test
	cargo test --locked --workspace --all-targets
	cargo test --locked --workspace --doc
	@echo "make test: all is well"

check: deny ## Run the checks that need no test: format, lints, licences
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo deny --locked check bans licenses sources

fmt: ## Format the code
	cargo fmt --all

bench: setup ## Measure (all, or ONLY="lifecycle http"), print a table, write bench-results/*.json
	./scripts/bench.sh $(ONLY)

soak: setup ## Kill, restart and check for SECONDS_OF_SOAK=600 seconds, then simulate as long
	./scripts/soak.sh $(SECONDS_OF_SOAK)

deny:
	@cargo deny --version 2>/dev/null | grep -qF $(CARGO_DENY) || cargo install --locked --debug cargo-deny@$(CARGO_DENY)

setup:
	@command -v cargo >/dev/null || { echo "Rust is needed: see the website of the Rust project" >&2; exit 1; }
	@./scripts/setup.sh gcc libc6-dev

setup-test: setup
	@./scripts/setup.sh strace

clean: ## Remove what was built
	cargo clean
