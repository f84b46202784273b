"""Runs HTTP/2 proxies between the interop client and the grpc-go server."""

import contextlib
import json
import pathlib
import socket
import subprocess
import tempfile
import time

_START_SECONDS = 20
_TESTDATA = pathlib.Path("interop/go/testdata").resolve()
_CERTIFICATE = _TESTDATA / "server.pem"
_KEY = _TESTDATA / "server.key"


def _nginx(folder, ports, server):
  (folder / "nginx.conf").write_text(f"""\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/log;
events {{}}
http {{
  access_log off;
  client_max_body_size 0;
  grpc_buffer_size 64k;
  client_body_temp_path {folder}/client;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{ports[False]} http2;
    listen 127.0.0.1:{ports[True]} ssl http2;
    ssl_certificate {_CERTIFICATE};
    ssl_certificate_key {_KEY};
    location / {{
      grpc_pass grpc://127.0.0.1:{server};
    }}
  }}
}}
""", "utf-8")
  return ["-p", str(folder), "-c", str(folder / "nginx.conf"),
          "-e", f"{folder}/log"]


def _haproxy(folder, ports, server):
  (folder / "both.pem").write_text(_CERTIFICATE.read_text("utf-8") +
                                   _KEY.read_text("utf-8"), "utf-8")
  (folder / "haproxy.cfg").write_text(f"""\
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen grpc
  bind 127.0.0.1:{ports[False]} proto h2
  bind 127.0.0.1:{ports[True]} ssl crt {folder}/both.pem alpn h2
  server grpc 127.0.0.1:{server} proto h2
""", "utf-8")
  return ["-f", str(folder / "haproxy.cfg")]


def _nghttpx(_, ports, server):
  return ["--conf=/dev/null", "--workers=1",
          f"--frontend=127.0.0.1,{ports[False]};no-tls",
          f"--frontend=127.0.0.1,{ports[True]}",
          f"--backend=127.0.0.1,{server};;proto=h2",
          "--accesslog-file=/dev/null", "--errorlog-file=/dev/stderr",
          str(_KEY), str(_CERTIFICATE)]


def _envoy_listener(name, port, tls):
  chain = {"filters": [{
      "name": "http",
      "typed_config": {
          "@type": "type.googleapis.com/envoy.extensions.filters.network."
                   "http_connection_manager.v3.HttpConnectionManager",
          "stat_prefix": name,
          "codec_type": "HTTP2",
          "route_config": {"virtual_hosts": [{
              "name": "all", "domains": ["*"],
              "routes": [{"match": {"prefix": "/"},
                          "route": {"cluster": "grpc", "timeout": "0s"}}]}]},
          "http_filters": [{
              "name": "router",
              "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.filters.http."
                           "router.v3.Router"}}]}}]}
  if tls:
    chain["transport_socket"] = {
        "name": "tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets."
                     "tls.v3.DownstreamTlsContext",
            "common_tls_context": {
                "alpn_protocols": ["h2"],
                "tls_certificates": [{
                    "certificate_chain": {"filename": str(_CERTIFICATE)},
                    "private_key": {"filename": str(_KEY)}}]}}}
  return {"name": name,
          "address": {"socket_address": {"address": "127.0.0.1",
                                         "port_value": port}},
          "filter_chains": [chain]}


def _envoy(folder, ports, server):
  (folder / "envoy.json").write_text(json.dumps({"static_resources": {
      "listeners": [_envoy_listener("tls" if tls else "plain", port, tls)
                    for tls, port in ports.items()],
      "clusters": [{
          "name": "grpc",
          "connect_timeout": "10s",
          "type": "STATIC",
          "typed_extension_protocol_options": {
              "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                  "@type": "type.googleapis.com/envoy.extensions.upstreams."
                           "http.v3.HttpProtocolOptions",
                  "explicit_http_config": {"http2_protocol_options": {}}}},
          "load_assignment": {
              "cluster_name": "grpc",
              "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {
                  "socket_address": {"address": "127.0.0.1",
                                     "port_value": server}}}}]}]}}]}}), "utf-8")
  return ["--config-path", str(folder / "envoy.json"),
          "--concurrency", "1", "--log-level", "error", "--disable-hot-restart"]


# Each program has a function that writes its configuration into a folder, from the
# ports to listen at (with TLS or without) and the server's port. It returns the
# program's arguments.
PROXIES = {"envoy": _envoy, "nginx": _nginx, "haproxy": _haproxy,
           "nghttpx": _nghttpx}


def find(folder, name):
  """Returns the command that runs a proxy that was unpacked there, or None."""
  for place in ("usr/bin", "usr/sbin"):
    program = folder / place / name
    if program.exists():
      libraries = ":".join(map(str, folder.glob("usr/lib/*-linux-gnu")))
      return ["env", f"LD_LIBRARY_PATH={libraries}", str(program)]
  return None


def _free_ports(count):
  with contextlib.ExitStack() as stack:
    sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
    for one in sockets:
      one.bind(("127.0.0.1", 0))
    return [one.getsockname()[1] for one in sockets]


def _wait_for(process, port, log):
  end = time.monotonic() + _START_SECONDS
  while time.monotonic() < end and process.poll() is None:
    with contextlib.suppress(OSError):
      socket.create_connection(("127.0.0.1", port), timeout=1).close()
      return
    time.sleep(0.05)
  raise RuntimeError("the proxy did not start: " + log.read_text("utf-8")[-500:])


@contextlib.contextmanager
def run(name, unpacked, server):
  """Runs a proxy in front of the server's port.

  Args:
    name: a name in PROXIES.
    unpacked: the folder of the proxy.
    server: the port of the server.

  Yields:
    its ports: {False: the plain one, True: the one with TLS}.
  """
  with tempfile.TemporaryDirectory() as scratch:
    folder = pathlib.Path(scratch)
    ports = dict(zip((False, True), _free_ports(2)))
    arguments = PROXIES[name](folder, ports, server)
    log = folder / "output"
    with open(log, "wb") as output, subprocess.Popen(
        find(unpacked, name) + arguments, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=output, stderr=subprocess.STDOUT) as process:
      try:
        for port in ports.values():
          _wait_for(process, port, log)
        yield ports
      finally:
        process.terminate()
        try:
          process.wait(10)
        except subprocess.TimeoutExpired:
          process.kill()
