# shellcheck shell=bash
# Shared by the scripts here (source it): messages, root, packages, the build. All messages go to stderr, so that
# `scripts/run list --json | jq` sees nothing but conntrail's output.
set -euo pipefail
umask 022
shopt -s extglob
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 2; }

# as_root COMMAND…: through sudo where we are not root.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    die "this needs root and there is no sudo; run as root: $*"
  fi
}

# as_builder COMMAND…: under `sudo scripts/run` the build still belongs to the owner of the tree, or the next build
# without sudo would meet files it cannot replace.
as_builder() {
  local uid=${SUDO_UID:-0} gid=${SUDO_GID:-0}
  if ((EUID == 0 && uid != 0)) && [[ $(stat -c %u "$root") == "$uid" ]]; then
    local home
    home=$(getent passwd "$uid" | cut -d: -f6) || home=/nonexistent
    setpriv --reuid="$uid" --regid="$gid" --clear-groups env HOME="$home" "$@"
  else
    "$@"
  fi
}

# packages_for PURPOSE…: the names in scripts/packages, one per line.
packages_for() {
  awk -v purposes=" $* " '/^[a-z]+:/ { purpose = substr($1, 1, length($1) - 1)
    if (index(purposes, " " purpose " ")) for (i = 2; i <= NF; i++) if (!seen[$i]++) print $i }' "$root/scripts/packages"
}

# missing_packages NAME…: those that are not installed, one per line.
missing_packages() {
  local installed name
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null) || true
  for name in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\ninstalled '"$name"$'\n'* ]] || printf '%s\n' "$name"
  done
}

# need PURPOSE…: installs what these purposes lack; silent when nothing does.
need() {
  local wanted missing log
  mapfile -t wanted < <(packages_for "$@")
  command -v dpkg-query >/dev/null ||
    die "packages are installed with apt, which this system lacks; on others install the like of: ${wanted[*]}"
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  log=$(mktemp)
  if ! install_packages "${missing[@]}" >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "the packages above could not be installed; is a package mirror reachable and are this machine's apt sources right?"
  fi
  rm -f "$log"
}

# install_packages NAME…: package lists may be absent or name versions the mirror no longer has, and an earlier
# installation may have been interrupted: the second attempt starts from fresh lists.
install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  local known
  known=$(LC_ALL=C apt-cache policy "$@" | grep -c '^  Candidate: [^(]') || true
  if ((known == $#)) && as_root "${apt[@]}" install -y --no-install-recommends "$@"; then
    return 0
  fi
  as_root "${apt[@]}" update || true # one broken third-party source must not stop what the others can give
  as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true
  as_root "${apt[@]}" install -y --no-install-recommends "$@"
}

# debian_mirrors: the Debian mirrors of this machine's own apt sources, whichever format they are written in, one
# "Debian|Debian-Security<TAB>URI<TAB>keyring, if one is named" line for each kind.
debian_mirrors() {
  local label uri entry component kind seen='' keys
  # shellcheck disable=SC2016  # the dollars are apt-get's
  apt-get indextargets --format '$(LABEL)	$(REPO_URI)	$(SOURCESENTRY)	$(COMPONENT)' 'Created-By: Packages' |
    while IFS=$'\t' read -r label uri entry component; do
      kind=$label
      if [[ $label == '$(LABEL)' || ! $label ]]; then
        # The label comes with the first `apt-get update`; before that, the path has to do.
        case ${uri%/} in
          */debian) kind=Debian ;;
          */debian-security) kind=Debian-Security ;;
        esac
      fi
      [[ $component == main && $kind == @(Debian|Debian-Security) && $seen != *"<$kind>"* ]] || continue
      seen+="<$kind>"
      keys=$(sed -nE 's/^Signed-By:[[:space:]]*(\/[^[:space:]]+).*/\1/ip; s/^deb[[:space:]]+\[[^]]*signed-by=([^] ]+).*/\1/p' \
        "${entry%:*}" 2>/dev/null | head -n 1)
      printf '%s\t%s\t%s\n' "$kind" "$uri" "$keys"
    done
}

# configure PRESET: into build/PRESET, when that was never done, the tree moved, or the presets changed (all other
# changes ninja sees by itself). CONNTRAIL_CMAKE_ARGS holds further options, as CI uses for -DCONNTRAIL_WERROR=ON.
configure() {
  local preset=$1 directory=$root/build/$1 stamp options log
  read -ra options <<<"${CONNTRAIL_CMAKE_ARGS:-}"
  stamp="$root ${options[*]} $(cksum <"$root/CMakePresets.json")"
  [[ -f $directory/build.ninja && -f $directory/.configured && $(<"$directory/.configured") == "$stamp" ]] && return
  say "configuring build/$preset"
  log=$(as_builder env -C "$root" cmake --fresh --preset "$preset" "${options[@]}" 2>&1 </dev/null) ||
    { printf '%s\n' "$log" >&2; die "configuring build/$preset failed; cmake's words are above"; }
  as_builder tee "$directory/.configured" <<<"$stamp" >/dev/null
}

# build PRESET TARGET…: builds into build/PRESET; silent when all is up to date. One build at a time in a directory.
build() {
  local preset=$1 directory=$root/build/$1
  shift
  as_builder mkdir -p "$directory" 2>/dev/null || true
  if ! as_builder test -w "$root/build" -a -w "$directory"; then
    say "build/$preset belongs to someone else: taking it over"
    as_root chown -R --reference="$root" "$root/build"
  fi
  (
    flock 9
    configure "$preset"
    # The status of ninja is what counts, not that of the reader of its output.
    as_builder ninja -C "$directory" "$@" 2>&1 </dev/null 9>&- | show_build "$preset"
    ((PIPESTATUS[0] == 0)) || die "the build in build/$preset failed; the compiler's words are above"
  ) 9>>"$directory/.lock" || exit
}

# show_build PRESET: ninja's progress as one changing line on a terminal and one notice elsewhere; all else as it is.
show_build() {
  local line announced=
  while IFS= read -r line; do
    case $line in
      'ninja: no work to do.' | 'ninja: Entering directory'* | *'Re-checking globbed directories'*) ;;
      \[+([0-9])/+([0-9])\]*)
        [[ $announced ]] || say "building in build/$1"
        announced=1
        [[ ! -t 2 ]] || printf '\r\033[K%.*s' "$((${COLUMNS:-80} - 1))" "$line" >&2
        ;;
      *)
        [[ ! -t 2 ]] || printf '\r\033[K' >&2
        printf '%s\n' "$line" >&2
        ;;
    esac
  done
  [[ ! -t 2 || ! $announced ]] || printf '\r\033[K' >&2
}
