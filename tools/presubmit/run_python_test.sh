#!/bin/sh
# run_python_test.sh MODULE: from the root of the repository.
exec python3 -B -m unittest --verbose "$1"
