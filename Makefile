# Two commands matter: `make run` shows Kept at work, `make test` proves it.
# Both do their own set-up on a Debian machine with Go.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# Functions begin at multiples of 16 bytes, not of 32: 0.3 MB less.
BUILD    = CGO_ENABLED=0 $(GO) build -trimpath -tags "$(TAGS)" -ldflags "-s -w -funcalign=16 -X main.version=$(VERSION)"
POSTGRES = $(GO) run ./internal/store/storetest/postgres --
SOURCES  = $(shell find cmd internal browser examples -type f 2>/dev/null) go.mod go.sum

.PHONY: run build test test-long check generate bench setup clean

run: bin/kept ## build, then show the demo; open the printed address
	./bin/kept demo

build: bin/kept ## the binary alone, in bin/kept

bin/kept: $(SOURCES)
	$(BUILD) -o $@ ./cmd/kept

test: setup check ## unit, both databases, browser
	$(POSTGRES) $(GO) test -timeout 14m ./...
	$(GO) test -tags mongodb,sqlserver -run 'SQLServer|Silent' ./internal/remote/sqldata

test-long: setup ## the suite again with race detector, then each fuzz target for a minute
	$(POSTGRES) $(GO) test -race -timeout 60m ./...
	./scripts/fuzz 60s

check: ## format, vet, staticcheck, generated files, the program's weight; the import rules are a test
	@test -z "$$(gofmt -l browser cmd examples internal bench *.go)" || { gofmt -l browser cmd examples internal bench *.go; echo "gofmt -w these files"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags mongodb,sqlserver ./internal/remote/... ./internal/duty/dataset
	$(GO) tool staticcheck ./...
	./scripts/generated
	./scripts/weight

generate: ## make the generated files anew
	$(GO) generate ./...

bench: setup ## print the figures of docs/performance.md
	$(POSTGRES) ./scripts/bench

setup: ## what the tests need of the machine: Chromium, PostgreSQL, two mail servers
	./scripts/setup

clean:
	rm -rf bin dist
