# shellcheck shell=bash
# What start, test, insights, the Dockerfile and the build share. Sourced for its functions, or run as: scripts/prepare.sh packages|web
set -euo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$checkout/.build

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

need_dotnet() {
  command -v dotnet >/dev/null || fail "The .NET 10 SDK is needed and dotnet was not found: see https://dotnet.microsoft.com/download."
  # a user without a home, as services have: the tools need a place for their files
  [ -w "${HOME:-/nonexistent}" ] || export HOME=$build/home DOTNET_CLI_HOME=$build/home
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=0
  sdk=$(cd "$checkout" && dotnet --version 2>/dev/null) || fail "The .NET 10 SDK is needed and this dotnet has none: see https://dotnet.microsoft.com/download."
}

# One preparation at a time; released by unlock, and by the end of the process however it ends.
lock() {
  [ -z "${INSIGHTS_LOCKED:-}" ] || return 0
  mkdir -p "$build" 2>/dev/null || fail "$checkout cannot be written by $(id -un): build it once as its owner."
  [ -e "$build/lock" ] || : >"$build/lock" || exit 1
  exec 8<"$build/lock"
  flock -n 8 || { say "Waiting for another start or test of this checkout to finish building"; flock 8; }
  export INSIGHTS_LOCKED=1
}
unlock() { exec 8<&-; unset INSIGHTS_LOCKED; }

# npm's packages, when the lock file has changed since the last time.
packages() {
  local now stamp=$checkout/node_modules/.insights
  now=$(cat "$checkout/package.json" "$checkout/package-lock.json" "$checkout/.npmrc" | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" != "$now" ] || return 0
  command -v npm >/dev/null || fail "Node.js with npm is needed for the charts, the font and the embedded PostgreSQL, and npm was not found: see https://nodejs.org."
  say "Fetching the packages that package-lock.json names"
  # install and not ci where there are some: what has not changed stays in place for a portal that is running on it
  if [ -d "$checkout/node_modules" ]; then
    (cd "$checkout" && npm install --no-save --loglevel=error >&2)
  else
    (cd "$checkout" && npm ci --loglevel=error >&2)
  fi
  echo "$now" >"$stamp"
}

# Charts and font into the portal's wwwroot/lib; files that are right already are left alone.
web() {
  local from=$checkout/node_modules to=$checkout/Portal/wwwroot/lib
  put "$from/apexcharts/LICENSE" "$to/apexcharts/LICENSE.txt"
  put "$from/apexcharts/dist/apexcharts.min.js" "$to/apexcharts/apexcharts.min.js"
  put "$from/apexcharts/dist/apexcharts.esm.js" "$to/apexcharts/apexcharts.esm.js"
  put "$from/apexcharts/dist/apexcharts.css" "$to/apexcharts/apexcharts.css"
  for font in "$from"/@fontsource-variable/inter/files/*-wght-normal.woff2; do put "$font" "$to/inter/files/${font##*/}"; done
  # last: the build takes it for the sign that all are there
  put "$from/@fontsource-variable/inter/LICENSE" "$to/inter/LICENSE.txt"
}
put() {
  cmp -s "$1" "$2" && return 0
  mkdir -p "${2%/*}"
  cp "$1" "$2.$$" && chmod 644 "$2.$$" && mv -f "$2.$$" "$2"
}

# A name for the state of everything that the portal is built from.
sources() {
  cd "$checkout"
  { echo "$sdk"
    find Domain Infrastructure Portal scripts Directory.* ./*.json BannedSymbols.txt .editorconfig \
      \( -name bin -o -name obj -o -path Portal/wwwroot/lib -o -name '*.user' \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c1-16
}

# Builds the portal into .build/app-<state>, where it is not there already, and holds it (file descriptor 9) for as long as the process lives.
# A folder is never changed once it has its name; those of older states go when nobody holds them.
app() {
  lock
  packages
  web
  app=$build/app-$(sources)
  if [ ! -e "$app/OpenMeet.Insights.Portal.dll" ]; then
    say "Building the portal (a minute or two the first time)"
    rm -rf "$build"/app-*.new "$app"
    local log=$build/publish.log
    (cd "$checkout" && dotnet publish Portal -c Release -o "$app.new" -p:UseAppHost=false --nologo -v minimal 8<&-) >"$log" 2>&1 \
      || { cat "$log" >&2; fail "The portal does not build; the messages above are also in $log."; }
    : >"$app.new/.held"
    mv "$app.new" "$app"
  fi
  exec 9<"$app/.held"
  flock -s 9
  for old in "$build"/app-*/; do
    [ "${old%/}" != "$app" ] && flock -n "$old.held" true 2>/dev/null && rm -rf "$old"
  done
  unlock
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  case "${1:-}" in
    packages) lock; packages ;;
    web) lock; [ -n "${INSIGHTS_PACKAGES_READY:-}" ] || packages; web ;;
    *) fail "usage: scripts/prepare.sh packages|web" ;;
  esac
fi
