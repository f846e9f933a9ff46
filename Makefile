# A thin face of CMake; the builds themselves are described in CMakePresets.json.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

.PHONY: build demo test bench tables install clean help

build: ## install missing packages, build build/weir and the libraries
	@.ci/setup
	cmake --preset release --log-level=WARNING
	cmake --build --preset release -j $(JOBS)

demo: build ## simulate the two-clock example and show its bottleneck
	build/weir run configs/designs/digits.cfg --frames 20 --seed 1 -o build/demo

test: build ## build and run every test
	cmake --build --preset tests -j $(JOBS)
	ctest --preset release -j $(JOBS)

bench: build ## co-simulation against one stitched Verilator model
	bench/run

NETWORKS ?= ../shared/networks

tables: build ## published figures beside Weir's
	cmake --build --preset release --target weir_tables
	build/bench/weir_tables bench/resources/published.csv $(NETWORKS)/conv1d_small_keras.onnx

install: build ## install below PREFIX (/usr/local)
	cmake --install build --prefix $(PREFIX)

clean: ## remove the build tree
	rm -rf build

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10
