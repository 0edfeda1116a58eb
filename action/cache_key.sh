#!/usr/bin/env bash
# Writes the key and the paths of the cache to the step's outputs. A key belongs to one version of the sandbox, one
# Python and one kind of runner, so a cached file is never out of date.
#
#   VERSION              a released version, or empty for the sandbox in this checkout
#   PAYSANDBOX_FOLDER    where the action keeps its files; ~/.paysandbox-action by default
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${PAYSANDBOX_FOLDER:-$HOME/.paysandbox-action}
installed=(.venv .venv-engine node_modules layers/vendor lambdas/reference/.built)

if [ -n "$VERSION" ]; then
  sources=$VERSION
  paths=("$folder/$VERSION" "$folder/images")
else
  # Everything in the checkout but what an installation adds. A virtual environment works in its own folder only.
  excluded=(-path ./.git -o -path ./.cache -o -path ./.sandbox -o -name __pycache__)
  for each in "${installed[@]}"; do excluded+=(-o -path "./$each"); done
  sources=$(cd "$root" && { pwd; find . \( "${excluded[@]}" \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; })
  paths=("${installed[@]/#/$root/}" "$folder/images")
fi
digest=$(printf '%s\n' "$sources" "$(python3 -VV)" "$(uname -sm)" | sha256sum | cut -c 1-32)

{
  echo "key=paysandbox-$digest"
  echo "path<<end_of_paths"
  printf '%s\n' "${paths[@]}"
  echo "end_of_paths"
} >> "$GITHUB_OUTPUT"
