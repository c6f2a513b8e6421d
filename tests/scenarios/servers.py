"""Debian's servers with the smallest configuration that the scenarios need. Each function returns once the
server listens."""

import glob
import os
import pwd
import subprocess

from witness import listening
from world import eventually


def _wait(world, port):
    if not eventually(lambda: listening(port), 30):
        raise RuntimeError(f"nothing listens on port {port}: {world.read('log')}")


def _unprivileged(world, user, *words):
    """A folder that belongs to `user`, and the words that start something as him."""
    account = pwd.getpwnam(user)
    folder = world.path(user)
    os.makedirs(folder, exist_ok=True)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return folder, ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *words]


def nginx(world, port=8080, workers=2, more="", location="return 200 ok;"):
    """A daemon: it listens, then forks into the background. Every request is in access.log: worker's pid,
    client's port, number of the request on its connection."""
    config = world.write(
        "nginx.conf",
        f"""
        user www-data; worker_processes {workers}; pid {world.path('nginx.pid')}; error_log {world.path('nginx.error')} notice;
        worker_shutdown_timeout 2s;
        events {{ worker_connections 1024; }}
        http {{
          log_format conntrail '$pid $remote_port $connection_requests';
          access_log {world.path('access.log')} conntrail;
          client_body_temp_path {world.path('body')}; proxy_temp_path {world.path('proxy')};
          fastcgi_temp_path {world.path('fastcgi')}; uwsgi_temp_path {world.path('uwsgi')}; scgi_temp_path {world.path('scgi')};
          {more}
          server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }}
        }}
        """,
    )
    world.run("nginx", "-c", config, "-p", world.folder)
    _wait(world, port)
    return config


def nginx_reload(world, config):
    world.run("nginx", "-c", config, "-p", world.folder, "-s", "reload")


def requests(world):
    """Of nginx's log: client's port → pid of the worker that answered its last request, and how many there were."""
    workers, count = {}, 0
    for line in world.read("access.log").splitlines():
        pid, port, _ = line.split()
        workers[int(port)] = int(pid)
        count += 1
    return workers, count


def haproxy(world, port=8090, backend=8080, keep_alive=True):
    """A daemon, in front of the server at `backend`. Without `keep_alive` it opens a connection for each request."""
    reuse = "http-reuse always" if keep_alive else "option http-server-close"
    config = world.write(
        "haproxy.cfg",
        f"""
global
  pidfile {world.path('haproxy.pid')}
  maxconn 500
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  {reuse}
listen front
  bind 127.0.0.1:{port}
  server back 127.0.0.1:{backend}
""",
    )
    world.run("haproxy", "-f", config, "-D")
    _wait(world, port)


def apache(world, port=8081, children=4):
    """Prefork: every connection is accepted by one of several children."""
    modules = "/usr/lib/apache2/modules"
    config = world.write(
        "apache.conf",
        f"""
ServerRoot {world.folder}
PidFile {world.path('apache.pid')}
ErrorLog {world.path('apache.error')}
ServerName localhost
Listen 127.0.0.1:{port}
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authz_core_module {modules}/mod_authz_core.so
StartServers {children}
MinSpareServers {children}
MaxSpareServers {2 * children}
User www-data
Group www-data
KeepAlive Off
LogFormat "%P %{{remote}}p" conntrail
CustomLog {world.path('apache.access')} conntrail
DocumentRoot {world.folder}
""",
    )
    world.run("apache2", "-f", config)
    _wait(world, port)


def redis(world, port=6379):
    folder, words = _unprivileged(world, "redis", "redis-server")
    config = world.write(
        "redis.conf",
        f"port {port}\nbind 127.0.0.1\ndaemonize yes\nsave ''\ndir {folder}\npidfile {folder}/pid\nlogfile {folder}/log\n",
    )
    world.run(*words, config)
    _wait(world, port)


def redis_figure(name, port=6379):
    """A number of INFO. Asking is a connection of its own, which it counts."""
    text = subprocess.run(["redis-cli", "-p", str(port), "info"], capture_output=True, text=True, check=True).stdout
    return int(next(line for line in text.splitlines() if line.startswith(name + ":")).split(":")[1])


def postgres(world, port=5432):
    """One process for each connection; log_connections writes them down."""
    programs = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    folder, words = _unprivileged(world, "postgres")
    data = f"{folder}/data"
    world.run(*words, f"{programs}/initdb", "-A", "trust", "-N", "-D", data)
    world.run(
        *words,
        f"{programs}/pg_ctl",
        "-D",
        data,
        "-l",
        f"{folder}/log",
        "-o",
        f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c log_connections=on -c fsync=off",
        "-w",
        "start",
    )
    _wait(world, port)


def postgres_connections(world):
    return world.read("postgres/log").count("connection authorized")


def node(world, port=3000):
    """Keep-alive of five seconds, as node has it."""
    program = world.write(
        "server.js",
        f"require('http').createServer((q, r) => r.end('ok')).listen({port}, '127.0.0.1');\n",
    )
    process = world.start("node", program)
    _wait(world, port)
    return process
