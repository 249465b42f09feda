#!/usr/bin/env bash
# Installs ONNX Runtime for `zkvm quantize`, `zkvm compile --check` and the tests of category Interop: unpacks the official C# sources and the
# native library from npm, checks their hash, and builds the runner, a program of its own that zkvm talks to over a pipe.
#
#   install.sh              from npm (Linux x64)
#   install.sh --upstream   from NuGet, where a build reaches the package Microsoft.ML.OnnxRuntime (every platform)
#
# Everything lands in $ZKVM_HOME/onnxruntime/VERSION, by default in ~/.cache/zkvm. Running it again does nothing while all is there.
set -euo pipefail
package=com.github.asus4.onnxruntime
version=0.4.9
archive_sha256=e59788788818fdde1b2e522e766a21ba0f7d8391de55737abf81e32cc801785d

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
home=${ZKVM_HOME:-$HOME/.cache/zkvm}/onnxruntime/$version
fail() { echo "install.sh: $*" >&2; exit 1; }
need() { command -v "$1" >/dev/null || fail "expected $1 on the path, found none; $2"; }

upstream=false
case ${1:-} in
    "") ;;
    --upstream) upstream=true ;;
    *) fail "expected no argument or --upstream, got $1" ;;
esac
need dotnet "install the .NET 10 SDK"
need sha256sum "it is part of GNU coreutils"
mkdir -p "$home"
if command -v flock >/dev/null; then
    exec 9>"$home/lock"
    flock 9
fi
work=$(mktemp -d "$home/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

unpack() {
    [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || fail "the npm package is used on Linux x64 only, this is $(uname -s) $(uname -m); try --upstream"
    [[ -f $home/package/LICENSE ]] && return
    need npm "install Node.js, or try --upstream"
    echo "install.sh: fetching $package@$version (150 MB) …" >&2
    (cd "$work" && npm pack --silent --ignore-scripts "$package@$version" >/dev/null) || fail "npm could not fetch $package@$version"
    local archive
    archive=$(echo "$work"/*.tgz)
    echo "$archive_sha256  $archive" | sha256sum --check --status ||
        fail "$package@$version: expected SHA-256 $archive_sha256, got $(sha256sum <"$archive" | cut -d' ' -f1)"
    tar -xzf "$archive" -C "$work" package/Runtime package/Plugins/Linux/x64 package/LICENSE package/ThirdPartyNotices.txt
    rm -rf "$home/package"
    mv "$work/package" "$home/package"
}

# What the runner is built from; another text means another build.
sources_digest() {
    { echo "upstream=$upstream"; find "$here" "$here/../Zkml.Guest.OnnxRuntime/Protocol" \( -name bin -o -name obj \) -prune -o -type f -print0 | sort -z | xargs -0 cat; } |
        sha256sum | cut -d' ' -f1
}

$upstream || unpack
digest=$(sources_digest)
if [[ ! -f $home/runner/digest || $(cat "$home/runner/digest") != "$digest" ]]; then
    echo "install.sh: building the runner …" >&2
    log=$(dotnet publish "$here/Runner/Zkml.Guest.OnnxRuntime.Runner.csproj" -c Release -o "$work/runner" --artifacts-path "$work/artifacts" --nologo -v q \
        -m:1 -nodeReuse:false -p:UseSharedCompilation=false -p:UpstreamPackages=$upstream -p:OnnxRuntimePackage="$home/package" 2>&1) ||
        fail "the runner did not build:"$'\n'"$log"
    echo "$digest" >"$work/runner/digest"
    rm -rf "$home/runner"
    mv "$work/runner" "$home/runner"
fi
echo "$home/runner"
