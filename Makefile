# make demo    a fresh clone to a table of measurements      make test    everything, on Python 3.13 and 3.12
# make lint    ruff and mypy                                 make bench   the benchmark programs, as in the README
# make memory    RSS and regions over 10,000 rounds of functions and classes made and dropped
# make native-check    the C runtime under AddressSanitizer      make pure    for working on the compiler: its modules as they are, not compiled
# make fuzz    generated programs, plainly and under Jitney, until one differs (FUZZ_ARGS="--seconds 600 --first 5000")
# make fidelity    CPython's own tests under Jitney (FIDELITY_ARGS="--core --jobs 4")
# make suites    the tests of other people's libraries under Jitney (SUITES_ARGS="--mode compiled attrs mako")

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first of: $(1) as the shell (or pyenv's .python-version) finds it, pyenv's own newest.
find_python = $(shell for p in "$$(command -v $(1))" $$(ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$(2).*/bin/$(1) 2>/dev/null | sort -rV); do \
	if [ -n "$$p" ] && "$$p" -c 'import sys' 2>/dev/null; then "$$p" -c 'import sys; print(sys.executable)'; break; fi; done)
PYTHON313 ?= $(call find_python,python3.13,3.13)
PYTHON312 ?= $(call find_python,python3.12,3.12)
SOURCES := setup.py pyproject.toml packaging/jitney.pth $(wildcard jitney/csrc/*.c jitney/csrc/*.h jitney/csrc/*/*.h) \
	$(wildcard $(patsubst %,jitney/%/*.py,bytecode ir knowledge lower opt record region))
PYTEST_ARGS ?= -n logical
FIDELITY_ARGS ?=
FUZZ_ARGS ?= --seconds 300 --first $(shell date +%s)
SUITES_ARGS ?=
MEMORY_ARGS ?=

.PHONY: help demo test test313 test312 lint native-check memory bench fidelity fuzz suites docs pure clean
help:
	@sed -n 's/^# //p' Makefile

.venv/.installed: $(SOURCES)
	@test -n "$(PYTHON313)" || { echo "Python 3.13 is needed: pyenv install 3.13, or make PYTHON313=/path/to/python3.13"; exit 1; }
	test -x .venv/bin/python || "$(PYTHON313)" -m venv .venv
	.venv/bin/python -m pip install -q -e '.[bench]'
	touch $@

.venv-test-3.13/.installed: $(SOURCES)
	@test -n "$(PYTHON313)" || { echo "Python 3.13 is needed: pyenv install 3.13, or make PYTHON313=/path/to/python3.13"; exit 1; }
	test -x .venv-test-3.13/bin/python || "$(PYTHON313)" -m venv .venv-test-3.13
	JITNEY_WERROR=1 .venv-test-3.13/bin/python -m pip install -q -e '.[test]'
	touch $@

.venv-test-3.12/.installed: $(SOURCES)
	@test -n "$(PYTHON312)" || { echo "Python 3.12 is needed: pyenv install 3.12, or make PYTHON312=/path/to/python3.12"; exit 1; }
	test -x .venv-test-3.12/bin/python || "$(PYTHON312)" -m venv .venv-test-3.12
	JITNEY_WERROR=1 .venv-test-3.12/bin/python -m pip install -q -e '.[test]'
	touch $@

demo: .venv/.installed
	.venv/bin/jitney status
	.venv/bin/jitney bench --quick nbody examples

test: test313 test312
# One after the other; each ends with its summary line.
test313: lint .venv-test-3.13/.installed
	.venv-test-3.13/bin/python -m pytest $(PYTEST_ARGS)
test312: test313 .venv-test-3.12/.installed
	.venv-test-3.12/bin/python -m pytest $(PYTEST_ARGS)

lint: .venv-test-3.13/.installed
	.venv-test-3.13/bin/ruff check .
	.venv-test-3.13/bin/mypy

# The C runtime under AddressSanitizer, and whether it is plain C for another processor (where that compiler is: gcc-aarch64-linux-gnu). Slow.
CHECKED := $(CURDIR)/build/native-check
native-check: .venv-test-3.13/.installed
	rm -rf $(CHECKED) && mkdir -p $(CHECKED) && cp -r jitney $(CHECKED)/ && find $(CHECKED) -name '*.so' -delete
	include=$$(.venv-test-3.13/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))'); \
	if command -v aarch64-linux-gnu-gcc >/dev/null; then for file in jitney/csrc/*.c; do \
		aarch64-linux-gnu-gcc -fsyntax-only -O2 -std=c11 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers \
			-Wno-sign-compare -Werror -Ijitney/csrc -I$$include $$file || exit 1; done; echo "aarch64: compiles"; fi; \
	suffix=$$(.venv-test-3.13/bin/python -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))'); \
	gcc -shared -fPIC -g -O1 -std=c11 -fno-strict-aliasing -fsanitize=address,undefined -fno-sanitize=alignment -Ijitney/csrc -I$$include \
		jitney/csrc/*.c -o $(CHECKED)/jitney/_runtime$$suffix
	ln -s $(CURDIR)/tests $(CURDIR)/pyproject.toml $(CHECKED)/
	cd $(CHECKED) && LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" PYTHONMALLOC=malloc PYTHONPATH=$(CHECKED) \
		ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1 $(CURDIR)/.venv-test-3.13/bin/python -c \
		'import sys, jitney, pytest; assert jitney.__file__.startswith("$(CHECKED)"); sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "tests/csrc", "tests/lower"]))'

memory: .venv-test-3.13/.installed
	.venv-test-3.13/bin/python -m tests.memory.rounds $(MEMORY_ARGS)

bench: .venv/.installed
	.venv/bin/jitney bench --json bench.json

# CPython's own tests, plainly and with everything compiled; takes hours, and goes on where it was interrupted. FIDELITY_ARGS=--core: minutes.
fidelity: .venv-test-3.13/.installed .venv-test-3.12/.installed
	failed=0; for version in 3.13 3.12; do .venv-test-$$version/bin/python -m tests.fidelity.run $(FIDELITY_ARGS) || failed=1; done; exit $$failed

# The test suites of pure-Python libraries, plainly, with everything compiled, and under Jitney as it is; fetched by name. Takes hours, and goes on.
suites: .venv-test-3.13/.installed .venv-test-3.12/.installed
	failed=0; for version in 3.13 3.12; do .venv-test-$$version/bin/python -m tests.suites.run $(SUITES_ARGS) || failed=1; done; exit $$failed

# Programs that differ are made small and written to tests/fuzz/new.
fuzz: .venv-test-3.13/.installed .venv-test-3.12/.installed
	failed=0; for version in 3.13 3.12; do .venv-test-$$version/bin/python -m tests.fuzz $(FUZZ_ARGS) || failed=1; done; exit $$failed

docs: .venv-test-3.13/.installed
	.venv-test-3.13/bin/python tools/gen_docs.py

# Takes away what mypyc made of the compiler's modules; `make test` makes it again.
pure:
	find . -name '*.so' -not -name '_runtime*' -not -path './.venv*' -delete
	rm -f .venv*/.installed

clean:
	rm -rf build dist *.egg-info .venv .venv-test-3.13 .venv-test-3.12
	find . -name '*.so' -not -path './.venv*' -delete
