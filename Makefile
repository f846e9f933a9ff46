# A thin face of CMake; the builds themselves are described in CMakePresets.json.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
# What `make bench` measures: small designs, and a large network at a crop of its input where it is.
BENCH ?= configs/designs/digits.cfg configs/designs/chain.cfg
UNET ?= $(wildcard ../shared/networks/tiny_unet_ch_last.onnx)
CROP ?= 64x64

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

bench: build ## engines against each other, replay's events and what-ifs a second (UNET=FILE CROP=64x64)
	cmake --build --preset release -j $(JOBS) --target replay_rate what_if_rate
	bench/run $(BENCH) $(if $(UNET),"'$(UNET)' --crop $(CROP)")
	build/bench/what_if_rate configs/designs/digits.cfg
	build/bench/what_if_rate configs/networks/skip.onnx
	$(if $(UNET),build/bench/what_if_rate '$(UNET)' 256 4 $(subst x, ,$(CROP)))

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
