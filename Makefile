# make help says what there is.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export PATH := $(PATH):/usr/local/go/bin
export CGO_ENABLED := 0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
WITNESS := internal/witness/embedded/bin/petri-witness
# A test's time limit is per package; CI never trusts results of an earlier run.
TESTFLAGS := -timeout 15m $(if $(CI),-count=1)

.PHONY: help build witness test test-slow lint bench dev demo fuzz clean

help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 11

build: witness ## bin/petri: server and client in one static binary
	go build -buildvcs=false -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/petri ./cmd/petri

# The witness stands in every run's container and is embedded in petri, so it comes first.
witness:
	go build -buildvcs=false -trimpath -ldflags '-s -w' -o $(WITNESS) ./cmd/petri-witness

test: witness ## every test, having set up what is missing (Docker, PostgreSQL, base images)
	scripts/test $(TESTFLAGS)

test-slow: build ## the upgrade stories of docs/explained.md, with real packages (minutes)
	scripts/setup-docker
	scripts/bases
	go test -tags slow -count=1 -timeout 30m ./stories

lint: ## gofmt, go vet, golangci-lint, shellcheck, docs/cli.md
	scripts/lint

bench: build ## the table of docs/benchmarks.md
	scripts/setup-docker
	scripts/bases
	scripts/bench

dev: build ## a server of your own on .cache/dev
	scripts/setup-docker
	bin/petri server --data .cache/dev

demo: build ## the main job on real data; leaves a server up and says where
	scripts/demo

fuzz: ## every fuzzer for ten seconds
	scripts/fuzz

clean: ## what was built; downloads and tools in .cache stay
	rm -rf bin dist internal/witness/embedded/bin/petri-witness
