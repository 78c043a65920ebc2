# Two commands do all set-up: make demo, make test.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# One thread per process: the suite starts processes of its own.
export OMP_NUM_THREADS ?= 1

.PHONY: test demo clean

$(VENV)/.installed: setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torchvision
	$(BIN)/python -m pip install --quiet --editable '.[onedl]'
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[onedl,test]'
	touch $@

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations=25 tests

demo: $(VENV)/.installed
	$(BIN)/python tools/demo.py demo

clean:
	rm -rf $(VENV) demo build *.egg-info
