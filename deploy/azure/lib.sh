# What the three scripts share. Sourced, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is read by the scripts

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LOCATION=${LOCATION:-westeurope}

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

need() { command -v "$1" >/dev/null || fail "$1 is missing"; }

# Sets ENVIRONMENT, PREFIX, YES, and the names that follow from them: STEM and GROUP.
read_arguments() {
  local words=()
  YES=no
  for word in "$@"; do
    case "$word" in
      --yes) YES=yes ;;
      -*) fail "unknown option $word" ;;
      *) words+=("$word") ;;
    esac
  done
  [[ ${#words[@]} -eq 2 ]] || fail "usage: $(basename "$0") <dev|test|prod> <PREFIX> [--yes]"
  ENVIRONMENT=${words[0]} PREFIX=${words[1]}
  [[ "$ENVIRONMENT" =~ ^(dev|test|prod)$ ]] || fail "the environment is dev, test or prod, not $ENVIRONMENT"
  [[ "$PREFIX" =~ ^[a-z][a-z0-9]{2,10}$ ]] || fail "PREFIX is 3 to 11 lower-case letters and digits, a letter first"
  STEM="$PREFIX-$ENVIRONMENT" GROUP="$PREFIX-$ENVIRONMENT-rg"
}

# deploy_template [NAME=VALUE ...]: what would change, a question, then the deployment.
deploy_template() {
  local arguments=(
    --resource-group "$GROUP" --name batch-translation --template-file "$ROOT/deploy/azure/main.bicep"
    --parameters prefix="$PREFIX" environmentName="$ENVIRONMENT" alertEmail="$ALERT_EMAIL" "$@"
  )
  az deployment group what-if "${arguments[@]}"
  if [[ "$YES" != yes ]]; then
    local answer
    read -r -p "Go on? [y/N] " answer
    [[ "$answer" == [yY] ]] || fail "nothing was changed"
  fi
  az deployment group create "${arguments[@]}" --output none
}

# output NAME: an output of the last deployment; nothing where there is none.
output() {
  az deployment group show --resource-group "$GROUP" --name batch-translation \
    --query "properties.outputs.$1.value" --output tsv 2>/dev/null || true
}
