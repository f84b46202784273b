#!/bin/sh
# run_python_test.sh MODULE: runs a test from the root of the repository.
exec python3 -B -m unittest --verbose "$1"
