# musegen: two commands on a fresh machine are `make demo` and `make test`; while working, `make check`.

PREFIX ?= /usr/local
SWIFT ?= swift
FLAGS := -c release
# MPI=1 builds for several machines with the system's MPI, MPI=openmpi or MPI=mpich with that one of two; other words
# are the name of a pkg-config file.
MPI ?=
ifneq ($(filter-out 0,$(MPI)),)
FLAGS += --traits default,MPI
export MUSEGEN_MPI := $(patsubst openmpi,ompi-c,$(patsubst 1,mpi,$(MPI)))
endif
# Tests count the steps of what is not public.
TEST_FLAGS := $(FLAGS) -Xswiftc -enable-testing
SIDE_BY_SIDE := --skip LiveSoundTests --skip ServedTests
MUSEGEN := .build/release/musegen
DEMO := demo
FUZZ_SECONDS ?= 600
SOURCES := Sources Tests Snippets Package.swift
MODELS := Sources/ModelCollection/Models
SHARE = $(DESTDIR)$(PREFIX)/share
# Where each shell looks for what a package brings along.
COMPLETIONS = $(addprefix $(SHARE)/,bash-completion/completions zsh/site-functions fish/vendor_completions.d)
# The demo's first sound comes from this one.
FIRST := $(firstword $(wildcard $(MODELS)/piano.safetensors $(MODELS)/*.safetensors))

.PHONY: all build setup demo check test studio-test cluster-test steps midi bench fuzz format lint docs install
.PHONY: deb tarball check-packages check-tools uninstall clean

all: build

## Builds the musegen command.
build: setup
	$(SWIFT) build $(FLAGS) --product musegen

## Installs the system packages that are missing; does nothing when none is.
setup:
	@SWIFT=$(SWIFT) Tools/setup.sh build

## Writes a piece with a shipped model; then trains on midi/, writes another, renders both.
demo: build
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
ifneq ($(FIRST),)
	$(MUSEGEN) generate --model $(FIRST) --length 45s --seed 14 --gain 2 \
	  --output $(DEMO)/first.mid --output $(DEMO)/first.wav
endif
	$(MUSEGEN) train midi/ --output $(DEMO)/model.safetensors --run $(DEMO)/run
	$(MUSEGEN) generate --model $(DEMO)/model.safetensors --temperature 0.9 --length 45s --seed 7 \
	  --output $(DEMO)/piece.mid --output $(DEMO)/piece.wav
	@echo
	@echo "The model is $(DEMO)/model.safetensors, the piece $(DEMO)/piece.mid, its sound $(DEMO)/piece.wav."
	@echo "Hear it live: $(MUSEGEN) play --model $(DEMO)/model.safetensors --temperature 0.9"

## Checks the format and runs all tests that need no sound, side by side where they wait for nobody: the developer's loop.
check: lint
	$(SWIFT) build $(TEST_FLAGS) --build-tests
	$(SWIFT) test $(TEST_FLAGS) --skip-build $(SIDE_BY_SIDE)
	$(SWIFT) test $(TEST_FLAGS) --skip-build --no-parallel --filter ServedTests

## Runs every test.
test:
	@SWIFT=$(SWIFT) Tools/setup.sh test
	$(SWIFT) build $(TEST_FLAGS) --build-tests
	# Twice the music takes no more than twice the steps: counted beside the tests, as no clock is asked.
	{ StepCounting/run > .build/steps.txt 2>&1; echo $$? > .build/steps.status; } & \
	  $(SWIFT) test $(TEST_FLAGS) --skip-build $(SIDE_BY_SIDE); status=$$?; \
	  wait; cat .build/steps.txt; exit $$((status | $$(cat .build/steps.status)))
	# The kernels' portable fallback gives the same results.
	MUSEGEN_ISA=portable $(SWIFT) test $(TEST_FLAGS) --skip-build --filter 'TensorsTests|RecurrentTests'
ifneq ($(filter-out 0,$(MPI)),)
	# Several processes over MPI come to the bytes of one, also where one of them is killed.
	Tools/cluster-test.sh $(MUSEGEN)
endif
	# Alone and one at a time: they measure milliseconds, or wait for what others answer.
	$(SWIFT) test $(TEST_FLAGS) --skip-build --no-parallel --filter 'LiveSoundTests|ServedTests'

## Drives the studio's page in Chromium, and takes the README's picture of it.
studio-test: build
	@SWIFT=$(SWIFT) Tools/setup.sh studio-test
	Tools/studio-test.sh $(MUSEGEN)

## Counts steps: twice the music takes no more than twice as many.
steps:
	StepCounting/run

## Turns the ABC sources of midi/ into MIDI files.
midi:
	@SWIFT=$(SWIFT) Tools/setup.sh midi
	Tools/make-midi.sh

## Measures speed: reading, training and writing, beside the machine's own peak.
bench: build
	$(MUSEGEN) bench parse midi/
	$(MUSEGEN) bench train
	$(MUSEGEN) bench generate
	$(MUSEGEN) bench write --model $(firstword $(wildcard $(MODELS)/folk.safetensors $(MODELS)/*.safetensors))

## Trains with several processes over MPI, and kills 30 of them: `make cluster-test MPI=1`.
cluster-test: build
	Tools/cluster-test.sh $(MUSEGEN) 30

## Fuzzes whatever reads what comes from outside, each target for FUZZ_SECONDS.
fuzz:
	for target in reader score notation safetensors checkpoint configuration abc tokens token-json tokenizer names; do \
	  FuzzTesting/run $$target -max_total_time=$(FUZZ_SECONDS) || exit 1; done

## Formats all sources.
format:
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

## Checks the format.
lint:
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

## Builds the reference of every library that is a product, into .build/documentation.
docs:
	Tools/make-docs.sh

## Installs the command, its models, its manual and what shells complete it by under PREFIX; Swift's libraries
## are in it, as the toolchain may go.
install: export LC_ALL = C.UTF-8
install:
	@SWIFT=$(SWIFT) Tools/setup.sh install
	$(SWIFT) build $(FLAGS) $(INSTALL_FLAGS) --static-swift-stdlib --disable-local-rpath --product musegen
	install -d $(SHARE)/musegen/models $(SHARE)/man/man1 $(COMPLETIONS) $(DESTDIR)$(PREFIX)/bin
	install -s -m 755 $(MUSEGEN) $(DESTDIR)$(PREFIX)/bin/musegen
	install -m 644 $(wildcard $(MODELS)/*) $(SHARE)/musegen/models
	$(MUSEGEN) --experimental-dump-help | Tools/make-manual.py $(SHARE)/man/man1 "$$($(MUSEGEN) --version)"
	$(MUSEGEN) --generate-completion-script bash > $(SHARE)/bash-completion/completions/musegen
	$(MUSEGEN) --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_musegen
	$(MUSEGEN) --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/musegen.fish

## Makes a Debian package of what is installed, in .build/packages.
deb:
	MAKE=$(MAKE) SWIFT=$(SWIFT) MUSEGEN=$(MUSEGEN) Tools/make-packages.sh deb

## Makes an archive that runs where it is unpacked, on a Linux with the C libraries that it names.
tarball:
	MAKE=$(MAKE) SWIFT=$(SWIFT) MUSEGEN=$(MUSEGEN) Tools/make-packages.sh tarball

## Tries both in a Debian made for it; needs root and debootstrap.
check-packages:
	Tools/check-packages.sh

## Holds musegen against the tools of others, those of them that are installed (pip install tensorboard pillow
## onnx onnxruntime torch safetensors miditok mido nbclient ipykernel).
check-tools: build
	python3 Tools/check-tensorboard.py $(MUSEGEN)
	python3 Tools/check-onnx.py $(MUSEGEN)
	python3 Tools/check-miditok.py $(MUSEGEN)
	python3 Tools/run-notebook.py $(MUSEGEN)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/musegen $(SHARE)/man/man1/musegen.1 $(SHARE)/man/man1/musegen-*.1
	rm -f $(SHARE)/bash-completion/completions/musegen $(SHARE)/zsh/site-functions/_musegen
	rm -f $(SHARE)/fish/vendor_completions.d/musegen.fish
	rm -rf $(SHARE)/musegen

clean:
	rm -rf .build $(DEMO)
