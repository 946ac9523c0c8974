PYTHON ?= python3
ARGS ?=

IN := .venv/bin/python
READY := .venv/ready
CHAPTERS ?=

.PHONY: help book test browser refresh lint clean vendor stamp picture

help:
	@echo "make book      build the HTML book"
	@echo "make test      run all tests and every notebook; ARGS='-x' goes to pytest"
	@echo "make browser   run the tests in a browser alone (needs chromium and chromedriver)"
	@echo "make refresh   execute the notebooks again, in place; CHAPTERS=chapters/03_tokens.ipynb for one"
	@echo "make lint      check the code with ruff"
	@echo "make stamp     write the address in _config.yml into the notebooks and the README"
	@echo "make picture   draw the picture of the README again (trains for two minutes)"
	@echo "make vendor    fetch the browser files again (needs npm)"
	@echo "make clean     remove what was built, .venv included"

$(READY): requirements.txt constraints.txt pyproject.toml
	@$(IN) -m pip --version >/dev/null 2>&1 || \
	  { $(PYTHON) tools/check_python.py && $(PYTHON) -m venv --clear .venv; }
	$(IN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(IN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

book: $(READY)
	@.venv/bin/jupyter-book build . -W -n --keep-going -q
	@echo "The book: $$PWD/_build/html/index.html"

test: $(READY)
	$(IN) -m pytest $(ARGS)
	$(IN) -m pytest --nbval chapters $(ARGS)

browser: $(READY)
	$(IN) -m pytest tests/browser $(ARGS)

refresh: $(READY)
	$(IN) -m tools.refresh $(CHAPTERS)

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
