PYTHON ?= python3
ARGS ?=
CHAPTERS ?=
JOBS ?= 2
REPO ?=
TAG ?= main
VERSIONS ?=

IN := .venv/bin/python
PIP := $(IN) -m pip install --quiet --disable-pip-version-check --no-user
# What a book needs, and the whole: notebooks, tests and tools.
BOOK := .venv/book-ready
READY := .venv/ready
# A file is one job's, so that what its tests share is made once.
SHARED := --numprocesses $(JOBS) --dist loadfile

# With any of these, pip would install elsewhere than in .venv.
unexport PIP_PREFIX PIP_ROOT PIP_TARGET PIP_USER PYTHONHOME

.PHONY: help book pdf test browser bench refresh measure student lint clean vendor stamp publish wheel picture kernel torch ray canary

help:
	@echo "make book      build the HTML book"
	@echo "make pdf       print the whole book into one PDF (needs chromium)"
	@echo "make test      run all tests and every notebook, two at a time; JOBS=1 for one, ARGS='-x' goes to pytest"
	@echo "make browser   run the tests in a browser alone (needs chromium and chromedriver)"
	@echo "make torch     add PyTorch, which the tests of that backend need"
	@echo "make ray       add Ray, which reproductions on many machines need, and their tests"
	@echo "make bench     time noise, networks and runs; ARGS=FILE writes the table, too"
	@echo "make kernel    make .venv known to your Jupyter, as the kernel pixembed"
	@echo "make refresh   execute the notebooks again, in place; CHAPTERS=chapters/03_tokens.ipynb for one"
	@echo "make measure   write down the time and memory that notebooks take (on Linux)"
	@echo "make student   write the notebooks without solutions, for teachers"
	@echo "make lint      check the code with ruff"
	@echo "make wheel     build the package's wheel into dist, to upload it beside a notebook"
	@echo "make publish   REPO=owner/name: write the book's public address everywhere; TAG=v1.0 for a tag"
	@echo "make canary    try the newest allowed versions, or those of VERSIONS=constraints-colab.txt"
	@echo "make stamp     write the address in _config.yml into the notebooks and the README, and the results"
	@echo "make picture   draw the picture of the README again (trains for two minutes)"
	@echo "make vendor    fetch the browser files again (needs npm)"
	@echo "make clean     remove what was built, .venv included"

$(BOOK): requirements-book.txt constraints.txt pyproject.toml
	@$(IN) -m pip --version >/dev/null 2>&1 || \
	  { $(PYTHON) tools/check_python.py && $(PYTHON) -m venv --clear .venv; }
	$(PIP) -r requirements-book.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $(BOOK)

$(READY): $(BOOK) requirements.txt
	$(PIP) -r requirements.txt
	@touch $(READY)

book: $(BOOK)
	@.venv/bin/jupyter-book build . -W -n --keep-going -q
	@echo "The book: $$PWD/_build/html/index.html"

pdf: $(READY) book
	@$(IN) -m tools.pdf

test: $(READY)
	$(IN) -m pytest $(SHARED) $(ARGS)
	$(IN) -m pytest $(SHARED) --nbval chapters $(ARGS)

browser: $(READY)
	$(IN) -m pytest tests/browser $(ARGS)

# A Python apart from .venv: with the newest versions that pyproject.toml allows, or
# with those of the file VERSIONS.
canary:
	$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv --clear .venv-canary
	.venv-canary/bin/python -m pip install --quiet $(if $(VERSIONS),-c $(VERSIONS)) \
	  ".[book,tensorflow]" hypothesis ipykernel nbval pytest
	.venv-canary/bin/python -m pytest tests/test_layers.py tests/test_networks.py \
	  tests/test_noise.py tests/test_results.py tests/test_training.py tests/test_weights.py
	.venv-canary/bin/python -m pytest --nbval-lax chapters

torch: $(READY)
	$(PIP) -r requirements-torch.txt

ray: $(READY)
	$(PIP) -r requirements-ray.txt

bench: $(READY)
	$(IN) -m benchmarks $(ARGS)

kernel: $(READY)
	$(IN) -m ipykernel install --user --name pixembed

refresh: $(READY)
	$(IN) -m tools.refresh $(CHAPTERS)

measure: $(READY)
	$(IN) -m tools.measure $(CHAPTERS)

student: $(READY)
	$(IN) -m tools.student

lint: $(READY)
	$(IN) -m ruff check .
	$(IN) -m ruff format --check .

stamp: $(READY)
	$(IN) -m tools.setup_cell
	$(IN) -m tools.results_table

publish: $(READY)
	@test -n "$(REPO)" || { echo "Say REPO=owner/name."; exit 2; }
	$(IN) -m tools.setup_cell "$(REPO)" "$(TAG)"

wheel: $(BOOK)
	$(IN) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

vendor: $(READY)
	npm ci --prefix _vendor
	$(IN) -m tools.vendor

picture: $(READY)
	$(IN) -m tools.picture

clean:
	rm -rf .venv .venv-canary _build build dist _vendor/node_modules pixembed.egg-info
