"""How servers are reached, and who may read how."""

import os
from pathlib import Path

import pytest

from devtools import benchmarks, cluster, odoo_conf, odoo_source
from devtools.cluster import Cluster
from devtools.postgres import Server
from devtools.steps import UserError


def test_a_server_of_the_user():
    server = Server.from_url("postgresql://me:s%40crt@db.local:5433/postgres")
    assert server == Server("db.local", 5433, "me", "s@crt")
    assert "s@crt" not in repr(server)


@pytest.mark.parametrize("url", ["mysql://me@db", "postgresql:///postgres", "db.local"])
def test_a_wrong_address_is_explained(url):
    with pytest.raises(UserError, match="ACCESS_DATABASE_URL must be"):
        Server.from_url(url)


def test_sockets_lie_in_the_cluster_when_their_name_fits():
    home = Path("/home/me/access/.dev/postgres")
    assert Cluster(Path("/programs"), home).sockets == home / "run"


def test_sockets_of_a_deep_checkout_lie_elsewhere(monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    deep = Cluster(Path("/programs"), Path("/home") / ("x" * 100))
    assert deep.sockets.parent == Path("/run/user/1000")
    assert len(bytes(deep.sockets)) <= cluster.LONGEST_FOLDER


def test_the_configuration_is_private_and_keeps_its_password(tmp_path, monkeypatch):
    monkeypatch.setattr(odoo_source, "addons_folders", lambda: [Path("/odoo/addons")])
    file = tmp_path / "odoo.conf"
    odoo_conf.write(Server("/run/one"), file)
    before = _password(file)
    odoo_conf.write(Server("db.local", password="secret"), file)
    assert _password(file) == before
    assert "db_host = db.local" in file.read_text()
    assert os.stat(file).st_mode & 0o077 == 0


def _password(file: Path) -> str:
    [line] = [one for one in file.read_text().splitlines() if "admin_passwd" in one]
    return line


@pytest.mark.parametrize(
    ("source", "need"),
    [('NEEDS = "odoo"\n', "odoo"), ("import no_such_package\n", ""), ("a = b = 1", "")],
)
def test_a_measurement_declares_what_it_needs(tmp_path, source, need):
    file = tmp_path / "measure.py"
    file.write_text(source)
    assert benchmarks.needs(file) == need
