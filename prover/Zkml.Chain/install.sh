#!/usr/bin/env bash
# Installs what contracts need from npm: solc for `zkvm contract`, and with --anvil the local node of the tests of category Chain (Linux x64).
# No script of a package runs. Everything lands in $ZKVM_HOME/chain, by default in ~/.cache/zkvm; running it again does nothing while all is there.
set -euo pipefail
solc=0.8.37
anvil=1.7.1
home=${ZKVM_HOME:-$HOME/.cache/zkvm}/chain
fail() { echo "install.sh: $*" >&2; exit 1; }
case ${1:-} in "" | --anvil) ;; *) fail "expected no argument or --anvil, got $1" ;; esac
command -v node >/dev/null && command -v npm >/dev/null || fail "expected node and npm on the path; install Node.js"
mkdir -p "$home"

install() {
    local folder=$home/$1 package=$2 proof=$3 work
    [[ -e $folder/$proof ]] && return
    echo "install.sh: fetching $package …" >&2
    work=$(mktemp -d "$home/work.XXXXXX")
    npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --silent "$package" >/dev/null || { rm -rf "$work"; fail "npm could not fetch $package"; }
    [[ -e $work/$proof ]] || { rm -rf "$work"; fail "$package has no $proof"; }
    rm -rf "$folder"
    mv "$work" "$folder"
}

install "solc-$solc" "solc@$solc" node_modules/solc/package.json
if [[ ${1:-} == --anvil ]]; then
    [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || fail "anvil is installed on Linux x64 only, this is $(uname -s) $(uname -m)"
    install "anvil-$anvil" "@foundry-rs/anvil-linux-amd64@$anvil" node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil
    chmod +x "$home/anvil-$anvil/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
fi
