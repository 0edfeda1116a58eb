# Runs localstripe's test script against a sandbox, unmodified, and prints each line whose answer is not as it expects.
#
#     paysandbox up --port 8420
#     export PAYSANDBOX_API_KEY=$(paysandbox keys create --merchant localstripe --plan load --json | jq -r .api_key)
#     BASH_ENV=integrations/localstripe.bash bash test.sh 2>&1 >/dev/null | grep '^line '
#
# The script ends at its first difference, has a key of its own, and cards that have expired since, which Stripe refuses.
# So it goes on here, with the key of the environment and the year 2034.

set() { :; }

[() {
  if builtin [ "$@"; then return 0; fi
  printf 'line %s: not so: %s\n' "${BASH_LINENO[0]}" "${*%]}" >&2
  return 1
}

curl() {
  local words=() word answer code
  for word in "$@"; do
    case $word in
      *exp_year]=20[12]? | *exp_year]=24) word="${word%%=*}=2034" ;;
      -s*f*) word=${word/f/} ;;
    esac
    words+=("${word//sk_test_12345/$PAYSANDBOX_API_KEY}")
  done
  if [[ " $* " == *'%{http_code}'* ]]; then
    command curl "${words[@]}"
    return
  fi
  answer=$(command curl -w '\n%{http_code}' "${words[@]}" 2>/dev/null)
  code=${answer##*$'\n'}
  printf '%s\n' "${answer%$'\n'*}"
  if [[ $code != 200 ]]; then
    printf 'line %s: %s %s\n' "${BASH_LINENO[0]}" "$code" \
      "$(tr -d '\n' <<<"$answer" | grep -oE '"message": "[^"]*"' | head -n 1)" >&2
  fi
}
