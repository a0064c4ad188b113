# The commands of this repository; `make` alone lists them. Tools are installed when missing (scripts/setup).

SHELL := /bin/bash
PORT ?= 8080
export PATH := $(HOME)/.cargo/bin:$(PATH)

FUZZ_SECONDS ?= 300
# Others do what its driver does not: double clicks, downloads, code inside workers.
FIREFOX_TESTS := tables table hands rest stored

.PHONY: help serve dist test test-firefox fuzz bench bench-smoke learn sample clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: dist ## build the site and serve it on http://localhost:8080 (PORT=... for another port)
	node www/serve.mjs dist $(PORT)

dist: ## build the static site into dist/
	scripts/setup
	env -u NO_COLOR trunk build

test: ## run everything that CI runs
	scripts/test

test-firefox: dist ## run the tests of tables, hands and what is kept in Firefox as it is installed
	scripts/setup firefox
	FIREFOX=$$(command -v firefox-esr || command -v firefox) node --test --test-concurrency=1 $(FIREFOX_TESTS:%=tests/browser/%.test.mjs)

fuzz: ## feed made-up bytes to the readers of logs for FUZZ_SECONDS (300), with another seed each time
	scripts/setup
	FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz

bench: dist ## measure the site in Chromium beside other engines, into bench/report.md (hours; see bench/run)
	scripts/setup test
	bench/run

bench-smoke: ## hold what answers cost and what is shipped against exact figures
	node --test bench/smoke.test.mjs

learn: dist ## learn anew which functions the engine's first part needs, when bench-smoke says that it is due (10 minutes)
	scripts/setup test
	ONLY=learn bench/run

sample: ## write the sample lake anew
	scripts/sample

clean: ## remove what was built
	rm -rf dist target www/node_modules
