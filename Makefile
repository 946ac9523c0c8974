PYTHON ?= python3
ARGS ?=
CHAPTERS ?=

IN := .venv/bin/python
PIP := $(IN) -m pip install --quiet --disable-pip-version-check --no-user
# What a book needs, and the whole: notebooks, tests and tools.
BOOK := .venv/book-ready
READY := .venv/ready

# With any of these, pip would install elsewhere than in .venv.
unexport PIP_PREFIX PIP_ROOT PIP_TARGET PIP_USER PYTHONHOME

.PHONY: help book test browser bench refresh student lint clean vendor stamp picture kernel torch ray

help:
	@echo "make book      build the HTML book"
	@echo "make test      run all tests and every notebook; ARGS='-x' goes to pytest"
	@echo "make browser   run the tests in a browser alone (needs chromium and chromedriver)"
	@echo "make torch     add PyTorch, which the tests of that backend need"
	@echo "make ray       add Ray, which reproductions on many machines need, and their tests"
	@echo "make bench     time noise, networks and runs; ARGS=FILE writes the table, too"
	@echo "make kernel    make .venv known to your Jupyter, as the kernel pixembed"
	@echo "make refresh   execute the notebooks again, in place; CHAPTERS=chapters/03_tokens.ipynb for one"
	@echo "make student   write the notebooks without solutions, for teachers"
	@echo "make lint      check the code with ruff"
	@echo "make stamp     write the address in _config.yml into the notebooks and the README"
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

test: $(READY)
	$(IN) -m pytest $(ARGS)
	$(IN) -m pytest --nbval chapters $(ARGS)

browser: $(READY)
	$(IN) -m pytest tests/browser $(ARGS)

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

student: $(READY)
	$(IN) -m tools.student

lint: $(READY)
	$(IN) -m ruff check .
	$(IN) -m ruff format --check .

stamp: $(READY)
	$(IN) -m tools.setup_cell

vendor: $(READY)
	npm ci --prefix _vendor
	$(IN) -m tools.vendor

picture: $(READY)
	$(IN) -m tools.picture

clean:
	rm -rf .venv _build _vendor/node_modules pixembed.egg-info
