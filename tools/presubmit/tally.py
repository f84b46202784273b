"""Counts the passed, failed and skipped results, and prints a line for each."""

import time


class Tally:
  """passes(), fails() and skips() count results; then finish() prints the sum."""

  def __init__(self):
    self.passed = 0
    self.skipped = 0
    self.failures = []
    self._started = time.monotonic()

  def note(self, text):
    """Prints a line with the time since the start, and counts nothing."""
    seconds = time.monotonic() - self._started
    print(f"[{int(seconds) // 60:2}:{int(seconds) % 60:02}] {text}", flush=True)

  def passes(self, name):
    self.passed += 1
    self.note(f"PASS {name}")

  def fails(self, name, details=""):
    self.failures.append(name)
    if details:
      print(details.rstrip(), flush=True)
    self.note(f"FAIL {name}")

  def skips(self, name, why):
    self.skipped += 1
    self.note(f"SKIP {name}: {why}")

  def finish(self):
    """Prints the sum as the last line, and returns the exit code."""
    for name in self.failures:
      print(f"FAILED: {name}")
    line = f"{self.passed} passed, {len(self.failures)} failed"
    if self.skipped:
      line += f", {self.skipped} skipped"
    print(line, flush=True)
    return 1 if self.failures or not self.passed else 0
