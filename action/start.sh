#!/usr/bin/env bash
# Installs the sandbox, starts it, and writes its URL and key to the step's outputs and to the job's environment.
#
#   VERSION              a released version, or empty for the sandbox in this checkout
#   PORT, WAIT           the port, and the seconds to wait at most
#   PAYSANDBOX_FOLDER    where the action keeps its files; ~/.paysandbox-action by default
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${PAYSANDBOX_FOLDER:-$HOME/.paysandbox-action}
export PAYSANDBOX_IMAGES=${PAYSANDBOX_IMAGES:-$folder/images}

fail() {
  echo "::error title=Payments sandbox::$1"
  exit 1
}

[[ $PORT =~ ^[0-9]+$ ]] || fail "The input port is '$PORT', which is not a number."
[[ $WAIT =~ ^[0-9]+$ ]] || fail "The input wait is '$WAIT', which is not a number of seconds."
[[ $VERSION =~ ^[0-9A-Za-z.+-]*$ ]] || fail "The input version is '$VERSION', which is not a version."

install_and_start() {
  if [ -z "$VERSION" ]; then
    make -C "$root" up ARGS="--port $PORT"
    return
  fi
  if [ ! -x "$folder/$VERSION/bin/paysandbox" ]; then
    python3 -m venv "$folder/$VERSION"
    "$folder/$VERSION/bin/pip" install --quiet --disable-pip-version-check "paysandbox==$VERSION"
  fi
  "$folder/$VERSION/bin/paysandbox" up --port "$PORT"
}
export -f install_and_start
export root folder VERSION PORT

code=0
timeout --kill-after=30 "$WAIT" bash -euo pipefail -c install_and_start || code=$?
case $code in
  0) ;;
  124 | 137) fail "The sandbox was not ready after $WAIT s. Allow more with the input wait." ;;
  *) fail "The sandbox did not start; the reason is above." ;;
esac

program=$root/.venv/bin/paysandbox
[ -z "$VERSION" ] || program=$folder/$VERSION/bin/paysandbox

# A folder with this program alone: the next steps keep their own Python.
mkdir -p "$folder/bin"
ln -sf "$program" "$folder/bin/paysandbox"
echo "$folder/bin" >> "$GITHUB_PATH"

variables=$("$program" status -o env)
sed 's/^export //' <<< "$variables" >> "$GITHUB_ENV"
eval "$variables"
{
  echo "base-url=$PAYSANDBOX_BASE_URL"
  echo "api-key=$PAYSANDBOX_API_KEY"
} >> "$GITHUB_OUTPUT"
