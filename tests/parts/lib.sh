# shellcheck shell=bash
# What the parts of `tests/run` share. A part sources it first:
#   set -euo pipefail
#   source "$(dirname "$0")/lib.sh"
# and ends with 0 (passed), $LEFT_OUT (something it needs is missing; the last
# line says what), or anything else (failed).

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
exec </dev/null

LEFT_OUT=77
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-regcred
export PATH=$cache/bin:$PATH CARGO_TERM_COLOR=never

say() { printf 'tests: %s\n' "$*"; }

leave_out() { # WHY
  say "$*"
  exit "$LEFT_OUT"
}

# Debian's packages, by the programs (and the library) that they have.
declare -A package_of=(
  [libsecret-1]=libsecret-1-dev [pkg-config]=pkg-config [cc]=build-essential [c++]=build-essential
  [pass]=pass [gpg]=gnupg [htpasswd]=apache2-utils [strace]=strace [docker-registry]=docker-registry
  [docker-credential-pass]=golang-docker-credential-helpers [docker]=docker.io [skopeo]=skopeo
  [docker-credential-secretservice]=golang-docker-credential-helpers [shellcheck]=shellcheck
  [gnome-keyring-daemon]=gnome-keyring [dbus-run-session]=dbus [dbus-send]=dbus
  [secret-tool]=libsecret-tools [script]=bsdutils [etcd]=etcd-server [openssl]=openssl
  [python3]=python3 [curl]=curl [setsid]=util-linux [pgrep]=procps
  [containerd]=containerd [runc]=runc
)

is_there() { # PROGRAM, or a library that pkg-config knows
  command -v "$1" >/dev/null || pkg-config --exists "$1" 2>/dev/null
}

# What a part needs. As root on Debian what is missing is installed, and that is
# said first; elsewhere the part is left out.
need() { # PROGRAM...
  local program missing=()
  for program in "$@"; do is_there "$program" || missing+=("$program"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
    install_packages "${missing[@]}"
  fi
  missing=()
  for program in "$@"; do is_there "$program" || missing+=("$program"); done
  [ ${#missing[@]} -eq 0 ] || leave_out "not installed: ${missing[*]}"
}

install_packages() { # PROGRAM...
  local program packages=() apt
  apt=$(mktemp)
  apt-get update -qq >"$apt" 2>&1 || true
  # Since Debian 13 docker.io is the daemon alone.
  if apt-cache show docker-cli >>"$apt" 2>&1; then package_of[docker]=docker-cli; fi
  for program in "$@"; do packages+=("${package_of[$program]}"); done
  mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
  say "installing with apt: ${packages[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" \
    >>"$apt" 2>&1 || tail -5 "$apt"
  rm -f "$apt"
}

need_go() { command -v go >/dev/null || leave_out "Go is not installed"; }

need_root() { [ "$(id -u)" = 0 ] || leave_out "it needs root"; }

# Programs of one Go module, built into $cache/bin.
build_go() { # MODULE_FOLDER PACKAGE...
  local folder=$1
  shift
  say "building $(basename "$folder"), into $cache"
  mkdir -p "$cache/bin"
  (cd "$folder" && CGO_ENABLED=0 GOBIN=$cache/bin go install -mod=readonly -trimpath "$@")
}

# The folder of kubectl (and of the other programs, where they are named), built
# once unless KUBEBUILDER_ASSETS has them.
# shellcheck disable=SC2120
build_kubernetes() { # PROGRAM...
  local programs=("$@") built
  [ -n "${KUBEBUILDER_ASSETS:-}" ] || programs+=(kube-apiserver kubectl)
  # Not two commands: `set -e` does not hold where this runs.
  built=$(tests/cluster/build "${programs[@]}") && echo "${KUBEBUILDER_ASSETS:-$built}"
}

# Starts Kubernetes for this part, and stops it when the part ends, however it ends.
start_cluster() { # api|node
  need_go
  need cc etcd openssl python3 curl setsid pgrep
  local kubernetes
  kubernetes=$(build_kubernetes)
  export PATH=$kubernetes:$PATH
  cluster=$(mktemp -d)
  trap 'exit 130' INT TERM HUP
  # A second interrupt must not end the cleaning up.
  trap 'trap "" INT TERM HUP; tests/cluster/down "$cluster"; rm -rf "$cluster"' EXIT
  say "starting Kubernetes ($1) in $cluster"
  tests/cluster/up "$cluster" "$1"
  # shellcheck disable=SC1091
  source "$cluster/env"
}

cluster_tests() { # FILTER...
  cargo test --locked --no-fail-fast --features real-programs --test cluster -- "$@"
}
