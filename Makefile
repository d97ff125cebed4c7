# The two commands to know: `make run` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

LISTEN ?= 127.0.0.1:8080
DATA ?= feedme-data
ONLY ?=
SECONDS_OF_SOAK ?= 600
# Pinned, so that a new release of a tool cannot fail an old commit.
CARGO_DENY := 0.20.2
CARGO_CYCLONEDX := 0.5.9
WEB := $(shell find web/src web/public -type f) $(wildcard web/*.ts web/*.json) web/index.html

.PHONY: help run test check check-alerts check-web cyclonedx test-web test-interop test-document sbom dist fmt bench soak deny web setup setup-test clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup web ## Build FeedMe and serve it (LISTEN=127.0.0.1:8080 DATA=feedme-data)
	cargo build --release --locked -p feedme
	./target/release/feedme serve --open --listen $(LISTEN) --data $(DATA)

test: setup-test web check ## Run every check and every test
	cargo test --locked --workspace --all-targets
	cargo test --locked --workspace --doc
	$(MAKE) test-web
	$(MAKE) test-interop
	$(MAKE) test-document
	$(MAKE) sbom
	@echo "make test: all is well"

check: deny check-web check-alerts ## Run the checks that need no test: format, lints, types, licences
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo deny --locked check bans licenses sources

check-web: web/node_modules/.package-lock.json
	cd web && npm run --silent check && npm run --silent types -- --check

check-alerts: ## Have promtool judge the alerts and run their tests
	@./scripts/setup.sh prometheus
	promtool check rules deploy/prometheus/alerts.yml
	promtool test rules deploy/prometheus/alerts_test.yml

test-web: web ## Run the tests of the web app: units, and a browser against the real binary
	cargo build --locked -p feedme
	cd web && npm test && npm run --silent e2e

test-interop: interop/qstash/node_modules/.package-lock.json ## Have QStash's own SDK judge what we publish and verify
	cargo build --locked -p feedme
	cargo build --locked --workspace --example delayed_service
	cd interop/qstash && npm test

test-document: target/schemathesis/installed ## Have Schemathesis try every route by the document, as every kind of caller
	cargo build --locked -p feedme
	target/schemathesis/bin/python interop/schemathesis/run.py target/debug/feedme

sbom: cyclonedx web/node_modules/.package-lock.json ## List what the binary and the web app are made of: target/sbom/*.json (CycloneDX)
	./scripts/sbom.sh

dist: setup web sbom ## Pack what is shipped, with checksums and what it is made of: target/dist
	cargo build --release --locked -p feedme
	./scripts/dist.sh

fmt: web/node_modules/.package-lock.json ## Format the code
	cargo fmt --all
	cd web && npm run --silent fmt

bench: setup web ## Measure (all, or ONLY="lifecycle nodes"), print a table, write bench-results/*.json
	./scripts/bench.sh $(ONLY)

soak: setup ## Kill, restart and check for SECONDS_OF_SOAK=600 seconds, one server, then three, then failovers, then simulate as long
	./scripts/soak.sh $(SECONDS_OF_SOAK)

deny:
	@cargo deny --version 2>/dev/null | grep -qF $(CARGO_DENY) || cargo install --locked --debug cargo-deny@$(CARGO_DENY)

cyclonedx:
	@cargo cyclonedx --version 2>/dev/null | grep -qF $(CARGO_CYCLONEDX) || cargo install --locked --debug cargo-cyclonedx@$(CARGO_CYCLONEDX)

web: web/dist/index.html ## Build the web app that the binary embeds

web/dist/index.html: web/node_modules/.package-lock.json $(WEB)
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	@command -v npm >/dev/null || { echo "Node is needed, 20.19 or newer, with npm" >&2; exit 1; }
	cd web && npm ci --no-audit --no-fund
	@touch $@

interop/qstash/node_modules/.package-lock.json: interop/qstash/package-lock.json
	cd interop/qstash && npm ci --no-audit --no-fund
	@touch $@

# By what is pinned, each with its hash. The folder is made anew when that changes.
target/schemathesis/installed: interop/schemathesis/requirements.txt
	@./scripts/setup.sh python3 python3-venv
	python3 -m venv --clear target/schemathesis
	target/schemathesis/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

setup:
	@command -v cargo >/dev/null || { echo "Rust is needed: see the website of the Rust project" >&2; exit 1; }
	@./scripts/setup.sh gcc libc6-dev

setup-test: setup
	@./scripts/setup.sh strace chromium postgresql pgbouncer prometheus nginx-light systemd man-db groff-base

clean: ## Remove what was built
	cargo clean
	rm -rf web/dist web/node_modules web/test-results interop/qstash/node_modules interop/queues/node_modules
