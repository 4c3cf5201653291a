#!/usr/bin/env bash
# Takes a folder; makes there a Python environment with tools that other people wrote: of logs, aics-tlog (client),
# aics-witness (witness), tlog-scales (client); of alerts, aiosmtpd (a mail server) and standardwebhooks (a reader of signed
# requests). Prints the interpreter on its last line. Does nothing where it is done
# already, and never touches anything but the folder. Fails, saying what is missing, without Python 3.12 or a package.
set -euo pipefail
folder=${1:?usage: foreign-env.sh FOLDER}
packages=(aics-tlog==0.2.1 aics-witness==0.1.0 tlog-scales==0.0.3 aiosmtpd==1.4.6 standardwebhooks==1.1.0)
python=$folder/bin/python

if [ "$(cat "$folder/packages" 2>/dev/null)" != "${packages[*]}" ] || ! "$python" -c '' 2>/dev/null; then
  new_enough='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))'
  base=
  for candidate in python3.12 python3.13 python3.14 python3 "$HOME"/.pyenv/versions/3.1[2-9].*/bin/python3; do
    if "$candidate" -c "$new_enough" 2>/dev/null; then base=$candidate; break; fi
  done
  if [ -z "$base" ]; then
    echo "foreign-env: no Python 3.12 or later with venv; install one (python3.12-venv, or pyenv) and run this again" >&2
    exit 1
  fi
  "$base" -m venv --clear "$folder"
  "$python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" >&2 ||
    { echo "foreign-env: these packages could not be installed: ${packages[*]}" >&2; exit 1; }
  echo "${packages[*]}" >"$folder/packages"
fi
echo "$python"
