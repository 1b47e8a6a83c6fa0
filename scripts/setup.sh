#!/usr/bin/env bash
# Brings this clone to a state in which MemX runs: system packages, virtual environment, model files.
# With "dev", also what the tests need. Safe to repeat: what is there is used.
set -euo pipefail
cd "$(dirname "$0")/.."
extras="${1:+[dev,distill]}"
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

python="${PYTHON:-python3}"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  say "MemX needs Python 3.11 or newer as '$python' (or set PYTHON=...)." >&2
  exit 1
fi

need=()
command -v tesseract >/dev/null || need+=(tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd)
command -v c++ >/dev/null || need+=(build-essential)
"$python" -c 'import ensurepip' 2>/dev/null || need+=(python3-venv)
if [ ${#need[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    say "Please install these with your system's package manager, then run the command again: ${need[*]}" >&2
    exit 1
  fi
  say "Installing system packages: ${need[*]}"
  sudo=(); [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${need[@]}" >/dev/null
fi

stamp=".venv/.installed${1:+-dev}"
wanted="$(cat pyproject.toml constraints.txt | sha256sum)"
# An environment for the tests holds everything that the product needs.
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] && [ "$(cat .venv/.installed-dev 2>/dev/null)" != "$wanted" ]; then
  [ -x .venv/bin/python ] || { say "Making .venv"; "$python" -m venv .venv; }
  say "Installing packages into .venv (the first time takes minutes: llama.cpp is compiled)"
  .venv/bin/pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e ".$extras" 2>&1 |
    awk '/^ERROR|error:/ {print; next} /^Collecting|still running|^Building wheel|^Installing collected/ {printf "."; fflush()} END {print ""}'
  printf '%s' "$wanted" >"$stamp"
fi

say "Model files"
.venv/bin/memx models pull
# The tests also read with the smallest reader.
[ -z "${1:-}" ] || .venv/bin/memx models pull smollm2-135m-instruct
